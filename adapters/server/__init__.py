"""Runs over HTTP: streaming responses in a client's protocol, and recordings played as a provider."""
