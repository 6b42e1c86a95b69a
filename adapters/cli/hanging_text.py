"""A column of text beside its labels, for a terminal: it hangs, wraps between words, and cannot steer the terminal."""

import re
from collections.abc import Callable

from rich.cells import cell_len, chop_cells

from ..visible import visible

MARGIN = 13
"""How many cells the labels have."""
ENDLESS = 1 << 30
"""The width where nothing wraps."""

LONGEST_HELD = 80
"""Characters of a word that is waited for; a longer one goes out as it comes, and may break in other places."""
_TOKENS = re.compile(r"\n|[ \t]+|[^ \t\n]+")


class HangingText:
    """Text that hangs beside its label: as it comes, but for the last word, and wrapped between words.

    Args:
        write: writes text in a style.
        width: how many cells of the terminal a line has.
    """

    def __init__(self, write: Callable[[str, str], None], width: int) -> None:
        self._write = write
        self._width = width
        self._style = ""
        self._held = ""  # the last word may go on
        self._at = 0  # cells that are used on this line
        self._breaks = 0  # line breaks and blanks that are due before the next word
        self._blanks = ""

    def label(self, text: str, style: str) -> None:
        """Begin with this label."""
        self._write(f"{visible(text):<{MARGIN}}", style)

    def feed(self, text: str, style: str = "") -> None:
        """Add text."""
        if style != self._style:
            self._release()
            self._style = style
        tokens = _TOKENS.findall((self._held + text).replace("\r\n", "\n"))
        held = bool(tokens) and tokens[-1] != "\n" and len(tokens[-1]) < LONGEST_HELD
        self._held = tokens.pop() if held else ""
        self._place(tokens)

    def next_line(self) -> None:
        """Begin a new line, unless this one is still empty."""
        self._release()
        if self._at and not self._breaks:
            self._place(["\n"])

    def end(self) -> None:
        """End the last line."""
        self._release()
        self._write("\n", "")
        self._at = self._breaks = 0
        self._blanks = ""

    def _release(self) -> None:
        tokens = _TOKENS.findall(self._held)
        self._held = ""
        self._place(tokens)

    def _place(self, tokens: list[str]) -> None:
        placed = "".join(map(self._placed, tokens))
        if placed:
            self._write(placed, self._style)

    def _placed(self, token: str) -> str:
        if token == "\n":
            self._breaks += self._at > 0  # text begins beside its label, whatever line breaks it has in front
            self._blanks = ""
            return ""
        if token[0] in " \t":
            self._blanks += token.replace("\t", "    ")
            return ""
        word = visible(token)
        size = cell_len(word)
        if self._at and not self._breaks and self._at + len(self._blanks) + size > self._width >= size:
            self._breaks, self._blanks = 1, ""
        before = ""
        if self._breaks:
            before = "\n" * self._breaks + " " * MARGIN
            self._at = self._breaks = 0
        word, self._blanks = self._blanks + word, ""
        if self._at + cell_len(word) <= self._width:
            lines = [word]
            self._at += cell_len(word)
        else:  # longer than a line: broken where the line is full
            lines = chop_cells(" " * self._at + word, self._width)
            lines[0] = lines[0][self._at :]
            self._at = cell_len(lines[-1])
        return before + ("\n" + " " * MARGIN).join(lines)
