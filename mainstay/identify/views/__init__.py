"""Pages of identify."""
