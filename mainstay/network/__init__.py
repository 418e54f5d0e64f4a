"""Entities and links: what may be known, pushed into it from above."""
