"""The page: one file with the films, the program that shows them, and its style."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from ..json_text import dumps
from .film import Film

__all__ = ["first_difference", "is_page", "page_of"]


def first_difference(one: Film, other: Film) -> int | None:
    """The first moment in which two films read or say something else; None if there is none."""
    for at in range(max(len(one.messages), len(other.messages))):
        if one.messages[at : at + 1] != other.messages[at : at + 1]:
            return at
        if one.frames[at : at + 1] != other.frames[at : at + 1]:
            return at + 1
    return None


def page_of(films: Sequence[Film]) -> str:
    """The page of one recording, or of two, side by side at their first difference.

    Nothing is loaded from anywhere, and what a model said is shown as text, never as markup: a content security policy
    allows the page's own program and style alone.

    Args:
        films: one or two.

    Returns:
        HTML.

    Raises:
        ValueError: if there are none, or more than two.
    """
    if len(films) not in (1, 2):
        raise ValueError(f"a page shows one film or two, not {len(films)}")
    start = first_difference(*films) if len(films) == 2 else None
    data = dumps({"films": [film.data for film in films], "start": start}).replace("<", "\\u003c")
    room = files(__package__ or "")
    program = "\n".join(room.joinpath(name).read_text("utf-8") for name in _PROGRAM)
    style = room.joinpath("page.css").read_text("utf-8")
    title = " and ".join(escape(str(film.data["title"])) for film in films)
    policy = f"default-src 'none'; script-src {_digest(program)}; style-src {_digest(style)}"
    held = {"title": title, "policy": policy, "style": style, "program": program, "data": data}
    page = room.joinpath("page.html").read_text("utf-8")
    return _HELD.sub(lambda found: held[found[1]], page)  # at once: a recording may hold any of these words


def is_page(beginning: bytes) -> bool:
    """Whether a file that begins so is a page that `page_of` made.

    Args:
        beginning: a kilobyte or more.
    """
    return _GENERATOR in beginning


_GENERATOR = b'<meta name="generator" content="streamfold">'
_PROGRAM = ("values.mjs", "morph.mjs", "view.mjs", "page.mjs")  # one script: it can load nothing
_HELD = re.compile(r"\{(title|policy|style|program|data)\}")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
