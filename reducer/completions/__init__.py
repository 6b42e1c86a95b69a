"""What the two Chat Completions wires share. Never imports a machine."""
