"""Input of identify."""
