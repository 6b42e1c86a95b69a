"""Runs over HTTP and beyond it: streaming responses in a client's protocol, runs that outlive a connection, a provider."""
