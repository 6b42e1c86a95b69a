"""The data of a frame that is not whole yet: its lines, joined as they come, and whether they are a whole value.

Whoever sends a frame line by line must not make each line cost what came before it. So a line is looked at once, for
its brackets and quotes; the data is parsed when these are even, which they are once in a value; and the few questions
for which the beginning has to be parsed anew are asked only as long as that costs a few times the data.
"""

from .mending import goes_on, is_whole

__all__ = ["HeldData", "depth_of"]

_STRUCTURE = b'"{}[]'
_NO_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_SLICE = 1 << 12
_MOST_LOOKS = 8  # times its own length that data may be parsed while it comes


class HeldData:
    """Lines of a frame, held until it is whole.

    Attributes:
        count: how many lines.
        size: their bytes, joined by LF.
        head: the first one.
        last: the last one.
    """

    # Of the class, since nearly every frame has one line and needs no more: it takes a sixth of the time.
    count = size = 0
    head = last = b""
    _rest = bytearray()  # what follows the first line, each line after an LF; made anew where there is a second
    _asked = 0  # at how many lines it was asked last whether they are whole
    _over = False
    _hopeless = False  # they are no value, whatever follows
    _blank = True
    _is_json: bool | None = None
    _depth, _in_text = 0, False  # after the lines that were looked at
    _seen = -1  # bytes of the rest that these are of; -1: not even the first line was looked at
    _looked = 0  # bytes that were parsed for it

    def add(self, line: bytes) -> None:
        """One more line."""
        self.last = line
        if not self.count:
            self.count, self.size, self.head = 1, len(line), line
            return
        if self.count == 1:
            self._rest = bytearray()
            self._blank = not self.head or self.head.isspace()
        self._rest += b"\n"
        self._rest += line
        self._blank = self._blank and (not line or line.isspace())
        self.count += 1
        self.size += len(line) + 1

    def joined(self) -> bytes:
        """The lines, joined by LF."""
        return self.head if self.count < 2 else b"".join((self.head, self._rest))

    def begins_json(self) -> bool:
        """Whether the first line begins like an object or a list."""
        if self._is_json is None:
            self._is_json = self.head.lstrip()[:1] in (b"{", b"[")
        return self._is_json

    def ends_in_text(self) -> bool:
        """Whether the lines end inside a string, if they are the beginning of JSON."""
        self._look()
        return self._in_text

    def is_over(self) -> bool:
        """Whether they are a whole value already, though no blank line has come."""
        if self._asked != self.count:
            self._over = self._is_over()
            self._asked = self.count
        return self._over

    def _is_over(self) -> bool:
        if self.count == 1:
            return is_whole(self.head)
        self._look()
        if not (self._depth or self._in_text or self._hopeless or self._blank):
            if is_whole(self.joined()):
                return True
            # Its brackets were even, so it is a value with something wrong in it or behind it.
            self._hopeless = True
        if not is_whole(self.last):
            return False
        self._looked += self.size
        return self._looked <= _MOST_LOOKS * self.size and not goes_on(self.joined())

    def _look(self) -> None:
        """Take in the brackets and quotes of the lines that have come since."""
        if self._seen < 0:
            self._depth, self._in_text = depth_of(self.head)
            self._seen = 0
        if self._seen < len(self._rest):
            depth, self._in_text = depth_of(self._rest[self._seen :], self._in_text)
            self._depth += depth
            self._seen = len(self._rest)


def depth_of(line: bytes | bytearray, in_text: bool = False) -> tuple[int, bool]:
    """How many more brackets a piece of JSON opens than it closes, those in strings aside; and whether it ends in one.

    Args:
        line: whole lines: a backslash at the end escapes the line end.
        in_text: whether it begins inside a string.
    """
    if b"\\" in line:
        line = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    signs = line.translate(None, _NO_STRUCTURE)
    depth = 0
    for at in range(0, len(signs), _SLICE):  # so that a line of nothing else takes no more memory than any other
        parts = signs[at : at + _SLICE].split(b'"')
        outside = b"".join(parts[1::2] if in_text else parts[::2])
        depth += outside.count(b"{") + outside.count(b"[") - outside.count(b"}") - outside.count(b"]")
        in_text ^= len(parts) % 2 == 0
    return depth, in_text
