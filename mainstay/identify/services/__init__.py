"""Changes to instruments and screenings."""
