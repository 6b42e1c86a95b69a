"""The openai package, for what cannot do without it."""

from typing import Any

from ..errors import MissingExtra

__all__ = ["require_openai"]


def require_openai(purpose: str) -> Any:
    """The module `openai`, imported when it is asked for.

    Args:
        purpose: what it is for, as the error's first words.

    Raises:
        MissingExtra: if it is not installed.
    """
    try:
        import openai
    except ImportError:
        raise MissingExtra(f"{purpose} takes the openai client: pip install 'streamfold[openai]'") from None
    return openai
