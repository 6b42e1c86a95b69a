"""Messages as what a client reads."""
