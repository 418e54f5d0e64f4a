"""Design system: base pages, components, fonts, icons and charts."""
