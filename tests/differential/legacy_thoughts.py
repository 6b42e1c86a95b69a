"""How Letta's legacy interface took thoughts out of a tool call's arguments: a model of it, made from its answers.

It goes by quotes and not by structure. A string is a key where one may come, a value after a colon, and neither
elsewhere; what stands outside strings is said only between a colon and the end of the string after it. So white space
gets lost or ends up in the thoughts, and whatever follows a value that is no string comes out broken.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

Told = tuple[Literal["hidden", "thoughts", "name", "arguments", "answer"], str]

THOUGHTS = "thinking"
ANSWER = "message"


class Splitter:
    """The arguments of one call, split into thoughts and the rest."""

    def __init__(self, interruptible_waits: bool) -> None:
        self.interruptible_waits = (
            interruptible_waits  # until the thoughts are through and the next key begins, the rest is held
        )
        self.held = ""
        self.through = False
        self.place = "start"
        self.key = ""
        self.quoted = False
        self.escaped = False
        self.rest = ""
        self.thoughts = ""

    def feed(self, piece: str) -> tuple[str, str]:
        """What a piece says: of the rest, and of the thoughts."""
        self.rest = self.thoughts = ""
        for char in piece:
            if char == '"' and not self.escaped:
                self._quote()
            elif self.quoted or self.escaped or char == "\\":
                self._inside(char)
            else:
                self._outside(char)
            self.escaped = char == "\\" and not self.escaped
        return self.rest, self.thoughts

    @property
    def thinks(self) -> bool:
        return self.key == THOUGHTS

    def _say(self, text: str) -> None:
        if self.interruptible_waits:
            self.held += text
        else:
            self.rest += text

    def _quote(self) -> None:
        self.quoted = not self.quoted
        if self.quoted and self.place in ("start", "after"):
            self.place, self.key = "key", ""
            if self.through and self.interruptible_waits:
                self.interruptible_waits = False
                self._say(self.held)
        elif self.place == "value":
            if not self.thinks:
                self._say('"')
            elif not self.quoted:
                self.through = True
            self.place = "value" if self.quoted else "after"
        elif self.place == "key":
            self.place = "colon"

    def _inside(self, char: str) -> None:
        if self.place == "key":
            self.key += char
        elif self.place == "value" and self.thinks:
            self.thoughts += char
        elif self.place == "value":
            self._say(char)

    def _outside(self, char: str) -> None:
        if char == ":" and self.place == "colon":
            self.place = "value"
            self._say("" if self.thinks else f'"{self.key}":')
        elif char == "," and self.place == "after":
            self._say("" if self.thinks else ",")
            self.place, self.key = "start", ""
        elif char == "{" and not self.thinks:
            self._say(char)
        elif char == "}":
            self.place = "end"
            self._say(char)
        elif self.place == "value":
            self._inside(char)


def split(arguments: str) -> tuple[str, str]:
    """Whole arguments: the rest and the thoughts that it makes of them, once nothing is held."""
    return Splitter(interruptible_waits=False).feed(arguments)


def told(fragments: Iterable[tuple[str, str]], interruptible_waits: bool, speaks: bool) -> Iterator[Told]:
    """What it told of a call, in order.

    Args:
        fragments: a piece of the name and a piece of the arguments, chunk by chunk.
        waits: whether thoughts are asked for in the arguments.
        speaks: whether the call is the assistant's way to speak.
    """
    splitter = Splitter(interruptible_waits)
    name = late = ""
    for of_name, piece in fragments:
        name += of_name
        rest, thoughts = splitter.feed(piece)
        if thoughts:
            yield "thoughts", thoughts
            late += rest
        elif rest and name:
            if not speaks:
                yield "name", name
            name, late = "", late + rest
        elif rest:
            yield ("answer", late + piece) if speaks else ("arguments", late + rest)
            late = ""


def answer(pieces: Iterable[str]) -> str:
    """The assistant's text as it read it from such pieces: found by looking for the key's name and for quotes."""
    text, seen, begun = "", "", False
    for piece in pieces:
        if not begun:
            seen += piece.strip()
            if ANSWER not in seen or ":" not in piece:
                continue
            begun = True
            _, _, piece = piece.partition(":")[2].partition('"')
        ended = piece.rstrip().rstrip(",}]").endswith('"') and piece.strip()
        text += piece.rstrip().rstrip(",}]").removesuffix('"') if ended else piece.rstrip()
        if ended:
            break
    return text
