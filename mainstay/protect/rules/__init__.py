"""Law and procedure of protection as pure functions."""
