"""What is known of the tool calls of a Responses stream, beside their text, and the doubts that follow."""
