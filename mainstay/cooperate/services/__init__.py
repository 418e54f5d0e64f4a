"""Changes to peers, letters, matches and requests."""
