"""Recordings in the place of a provider, over HTTP, and of an application in the client protocols.

Modules in this package are internal; import the names below from here.
"""

from .application import application
from .settings import Settings
from .shelf import Shelf, shelf_of

__all__ = ["Settings", "Shelf", "application", "shelf_of"]
