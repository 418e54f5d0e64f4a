"""Template tags of protect, for its own pages and for those of the floors above."""
