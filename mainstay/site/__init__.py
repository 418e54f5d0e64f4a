"""Settings, URL table, home pages and the command line."""
