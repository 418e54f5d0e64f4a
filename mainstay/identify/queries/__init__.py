"""Reading instruments and screenings, narrowed to what the viewer may see."""
