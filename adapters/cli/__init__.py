"""The command `streamfold`: the only package that prints.

Modules in this package are internal; import the names below from here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .command import main

__all__ = ["main"]


def __getattr__(name: str) -> object:
    # Imported at the first use, so that `python -m streamfold.adapters.cli.command` does not import its module twice.
    if name == "main":
        from .command import main

        return main
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
