"""The fixtures of pages."""

from .pages import axe, browser, show

__all__ = ["axe", "browser", "show"]
