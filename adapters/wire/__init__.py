"""Bytes, text and JSON to chunks, and chunks back to JSON."""
