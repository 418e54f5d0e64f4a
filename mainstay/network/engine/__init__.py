"""Computing over entities and ties, without Django."""
