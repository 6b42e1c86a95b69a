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

    def startswith(self, piece: str) -> bool:
        """Whether it begins with `piece`, in time that grows with the piece alone."""
        return self.between(0, len(piece)) == piece

    def begins(self, whole: str) -> bool:
        """Whether `whole` begins with it, in time that grows with `whole` alone."""
        return len(self) <= len(whole) and whole.startswith(str(self))

    def repeated_in(self, start: int, piece: str) -> int:
        """How much of `piece` is this text from `start` on, and then from its beginning, over and over.

        Either all of `piece`, or up to where the last of the repetitions ends that are whole in it. It takes time that
        grows with `piece` alone.
        """
        size, rest = len(self), len(piece)
        at = min(size - start, rest)
        if not piece.startswith(self.between(start, start + at)):
            return 0
        if at == rest:
            return rest
        whole = self.between(0, min(size, rest - at))
        if len(whole) == size > 0:
            many = whole * max(1, BLOCK // size)
            for one in (many, whole):
                while piece.startswith(one, at):
                    at += len(one)
        return rest if rest - at <= len(whole) and whole.startswith(piece[at:]) else at

    def find(self, piece: str, start: int) -> int:
        """Where `piece` is, from `start` on; -1 if nowhere. It takes time for what is searched, and the piece."""
        step = max(BLOCK, len(piece))
        for at in range(start, len(self) - len(piece) + 1, step):
            found = self.between(at, at + step + len(piece) - 1).find(piece)
            if found >= 0:
                return at + found
        return -1

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
