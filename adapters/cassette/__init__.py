"""Recorded streams as files: the format, the recorder that writes it, and the reading of any recorded stream."""
