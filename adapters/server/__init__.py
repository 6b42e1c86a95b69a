"""Runs over HTTP: responses in a client's protocol, runs that outlive a connection, recordings as a provider."""
