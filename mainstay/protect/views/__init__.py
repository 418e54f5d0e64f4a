"""Pages of protect."""
