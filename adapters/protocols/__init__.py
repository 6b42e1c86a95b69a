"""Messages as the JSON and the event streams that a client reads, one module a protocol."""
