"""The base of every error of this library: the adapters' errors and the core's own derive from it."""

__all__ = ["StreamfoldError"]


class StreamfoldError(Exception):
    """The base of every error of this library; catch it to catch them all."""
