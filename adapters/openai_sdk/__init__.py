"""The openai client's objects into chunks, and a request's arguments into a `Config`."""
