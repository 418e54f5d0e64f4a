"""Safe figures, without Django."""
