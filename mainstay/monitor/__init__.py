"""Statistics, safe release, estimation and obligations."""
