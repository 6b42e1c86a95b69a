"""The tool calls of both Chat Completions wires: whose each delta is, what it adds, and what is in doubt at the end."""
