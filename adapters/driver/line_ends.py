"""The line ends that a stream of text lost, where what iterates it gives lines, frames or JSON without them.

A body's bytes come cut anywhere, and are a framer's as they are. Lines (httpx's `aiter_lines`), frames that a client
has split, and bare JSON come one an item, and what set them off is gone. Which of these a stream is, its first items
tell, and until they have told nothing is changed: pieces of bytes stay exactly what they are.
"""

import re

from ..wire.held_data import depth_of

__all__ = ["LineEnds"]

_BLANK = re.compile(rb"\n\n|\r\r|\n\r")
_DATA = re.compile(rb"^data:", re.MULTILINE)
_FIELD = re.compile(rb"(?:data|event|id|retry|error):|:\s?\S")
_UNTOLD = 256  # bytes that may have come of a first line without its end before it is taken for a piece of one


class LineEnds:
    """Gives the items of a stream back their line ends.

    Attributes:
        are_there: whether the items are pieces of a body, cut anywhere, which need none.
    """

    def __init__(self) -> None:
        self.are_there = False
        self._alone = False  # each item is a line, a frame or JSON by itself
        self._begun = b""  # what came before it was told which
        self._ended = False  # JSON that was given its line end at once
        self._blank = False  # a blank line was the last that was given

    def restored(self, item: bytes) -> bytes:
        """The next piece for a framer."""
        if self.are_there:
            return item
        if self._alone:
            return self._with_end(item)
        return self._later(item) if self._begun else self._first(item)

    def _first(self, item: bytes) -> bytes:
        if _has_ends(item):
            return self._as_it_is(item)
        self._begun = item
        # Nobody need wait for the next item to get this one.
        self._ended = _is_json(item)
        return item + b"\n" if self._ended else item

    def _later(self, item: bytes) -> bytes:
        begun = self._begun
        if item[:1] in (b"\n", b"\r"):
            if self._ended:  # as it came is how it ended
                item = item[1 + item.startswith(b"\r\n") :]
            return self._as_it_is(item)
        if self._ended:
            self._alone = True
            return self._with_end(item)
        if _is_line(begun) if not item else _begins_another(begun, item):
            self._alone = True
            return self._end_of(begun) + self._with_end(item)
        if item and depth_of(begun) != (0, False):  # JSON goes on, as it does in no line's beginning
            return self._as_it_is(item)
        self._begun += item
        return self._as_it_is(item) if len(self._begun) > _UNTOLD or _has_line_end(item) else item

    def _as_it_is(self, item: bytes) -> bytes:
        self.are_there, self._begun = True, b""
        return item

    def _with_end(self, item: bytes) -> bytes:
        if not item:
            return b"" if self._blank else self._end_of(item)
        if _has_ends(item) or _is_torn(item):
            return self._as_it_is(item)
        return item + self._end_of(item)

    def _end_of(self, item: bytes) -> bytes:
        """What sets an item off: a line end, and a blank line where it is a whole frame."""
        is_frame = _is_whole(item) and not _is_json(item)
        self._blank = is_frame or not item
        return b"\n\n" if is_frame else b"\n"


def _has_ends(item: bytes) -> bool:
    return item.endswith((b"\n", b"\r")) or _BLANK.search(item) is not None


def _has_line_end(item: bytes) -> bool:
    return b"\n" in item or b"\r" in item


def _is_torn(item: bytes) -> bool:
    """Whether it is several lines, the last of which goes on elsewhere."""
    return _has_line_end(item) and not _is_whole(item)


def _is_json(item: bytes) -> bool:
    """Whether it looks like JSON, or the done marker, by itself and whole."""
    return item.lstrip()[:1] + item.rstrip()[-1:] in (b"{}", b"[]") and depth_of(item) == (0, False)


def _is_whole(item: bytes) -> bool:
    """Whether it looks like a frame, or JSON, to which nothing is to be added."""
    found = _DATA.search(item)
    return _is_json(_DATA.sub(b"", item[found.end() :]) if found else item)


def _is_line(item: bytes) -> bool:
    """Whether it looks like a line after which a blank one may come, and not like an empty piece."""
    if item[:5].lower() == b"data:":
        return _is_whole(item)
    return _FIELD.match(item) is not None and not _is_torn(item)


def _begins_another(begun: bytes, item: bytes) -> bool:
    """Whether an item begins another line although the one before it has no end."""
    depth, in_text = depth_of(begun)
    if in_text or _is_torn(begun) or _is_torn(item) or _has_ends(item) or begun.rstrip().lower().endswith(b"data:"):
        return False
    if _is_json(item):
        return depth == 0
    if _is_whole(begun) and item[:5] == b"data:" and not _is_whole(item):
        return False  # values that are glued, and cut just between
    if item[:1] == b":" and not (begun[:1] == b":" or _is_whole(begun)):
        return False  # the rest of a name, or of JSON
    return bool(_FIELD.match(item) and _FIELD.match(begun))
