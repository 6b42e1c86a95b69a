"""Every loop that waits: live streams, asynchronous and synchronous, with every way to end."""
