"""`Text`, the persistent string that every buffer of a state is made of."""

from .frozen_value import constructor_of, value

BLOCK = 4096
"""Characters in a sealed block."""


@value
class Text:
    """A string that grows by appending and shares what it has with its older selves.

    Sealed blocks of exactly `BLOCK` characters, then a tail shorter than one block. So an append copies at most a
    block, however long the text is; and since the cut is by position alone, equal contents are equal values, whatever
    pieces they came in.
    """

    blocks: tuple[str, ...] = ()
    tail: str = ""

    def append(self, piece: str) -> "Text":
        """The text followed by `piece`; itself if `piece` is empty."""
        if not piece:
            return self
        tail = self.tail + piece
        if len(tail) < BLOCK:
            return _text(self.blocks, tail)
        end = len(tail) - len(tail) % BLOCK
        sealed = tuple(tail[at : at + BLOCK] for at in range(0, end, BLOCK))
        return Text(self.blocks + sealed, tail[end:])

    def between(self, start: int, end: int) -> str:
        """The characters from `start` on and before `end`, as far as there are such."""
        if start // BLOCK == len(self.blocks):
            return self.tail[start % BLOCK : max(0, end - len(self.blocks) * BLOCK)]
        first, last = start // BLOCK, max(0, end - 1) // BLOCK
        found = "".join(self.blocks[first : last + 1]) + (self.tail if last >= len(self.blocks) else "")
        return found[start - first * BLOCK : max(0, end - first * BLOCK)]

    def __str__(self) -> str:
        return "".join(self.blocks) + self.tail if self.blocks else self.tail

    def __len__(self) -> int:
        return len(self.blocks) * BLOCK + len(self.tail)


_text = constructor_of(Text)

EMPTY = Text()
"""The text that nothing has been appended to."""


def text(content: str) -> Text:
    """`content` as a `Text`."""
    return EMPTY.append(content)
