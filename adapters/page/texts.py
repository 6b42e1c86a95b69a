"""The long texts of a page: one that grows from moment to moment is written once, at its longest."""

from ...reducer.values.text import BLOCK, Text

__all__ = ["Texts"]

_KEY = 32  # characters by which a text that stood somewhere else before is found
_CANDIDATES = 16


class Texts:
    """Texts, filled by `ref`. A length is in JavaScript's units, those of UTF-16."""

    def __init__(self) -> None:
        self._pieces: list[list[str]] = []
        self._longest: list[str | Text] = []
        self._units: list[int] = []
        self._last: dict[tuple[str, ...], int] = {}
        self._by_key: dict[str, list[int]] = {}

    @property
    def whole(self) -> list[str]:
        """Each text, at its longest."""
        return ["".join(pieces) for pieces in self._pieces]

    def ref(self, text: str | Text, path: tuple[str, ...]) -> tuple[int, int]:
        """The number of a text, and how much of the text of that number it is.

        A `Text` that grew costs what it grew by; a `str` is compared from its start.

        Args:
            text: of more than 32 characters.
            path: where it stands, by which its earlier selves are found. A `Text` is also found by how it begins: the
                arguments of a call come to stand elsewhere when another call goes on.
        """
        near = [self._last[path]] if path in self._last else []
        far = self._by_key.setdefault(text.between(0, _KEY), []) if isinstance(text, Text) else []
        for number in (*near, *reversed(far)):
            units = self._as_beginning(number, text)
            if units is not None:
                self._last[path] = number
                return number, units
        number = self._last[path] = len(self._pieces)
        whole = str(text)
        self._pieces.append([whole])
        self._longest.append(text)
        self._units.append(_units(whole))
        if isinstance(text, Text):
            far.append(number)
            del far[:-_CANDIDATES]
        return number, self._units[number]

    def _as_beginning(self, number: int, text: str | Text) -> int | None:
        """The length of `text`, if one of it and the text of that number begins with the other."""
        longest = self._longest[number]
        more = _rest(longest, text)
        if more is None:
            return None if _rest(text, longest) is None else _units(str(text))
        if more:
            self._pieces[number].append(more)
            self._longest[number] = text
            self._units[number] += _units(more)
        return self._units[number]


def _rest(before: str | Text, after: str | Text) -> str | None:
    """What `after` has beyond `before`; None if it does not begin with it, or is of another type."""
    if isinstance(before, Text):
        if not isinstance(after, Text) or after.blocks[: len(before.blocks)] != before.blocks:
            return None
        sealed = len(before.blocks) * BLOCK
        begins = after.between(sealed, len(before)) == before.tail
        return after.between(len(before), len(after)) if begins else None
    return after[len(before) :] if isinstance(after, str) and after.startswith(before) else None


def _units(text: str) -> int:
    """How long JavaScript finds a text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
