"""Template tags of protect."""
