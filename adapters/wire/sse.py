"""Incremental framing: bytes or text, cut anywhere, into frames.

Server-sent events are read by the WHATWG rules: lines end with LF, CR or CRLF, a byte order mark may come first, a
colon begins a comment, several `data:` lines are one frame's, and a frame without data is none. Two things are more
tolerant: a last frame may lack its blank line, and a stream whose first line begins with a brace or a bracket is read
as JSON lines, one frame a line.
"""

from typing import TypeAlias

from ...reducer.values.frozen_value import constructor_of, value

Piece: TypeAlias = bytes | bytearray | memoryview | str
"""A piece of a stream, cut anywhere."""

_BOM = b"\xef\xbb\xbf"


@value
class Frame:
    """One frame.

    Attributes:
        data: what it carries, its `data:` lines joined by LF.
        event: its `event:` name, or the empty string.
        number: which frame it is, from 1.
        line: the line it begins on, from 1.
    """

    data: bytes
    event: str
    number: int
    line: int


_frame = constructor_of(Frame)


class Framer:
    """Turns pieces of a stream into frames as they become whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line that is not whole yet
        self._after_cr = False  # the last line ended with CR: an LF that comes next belongs to it
        self._begun = False
        self._json_lines = False
        self._data: list[bytes] = []
        self._event = ""
        self._line = 0
        self._first_line = 0
        self._frames = 0
        self.strays = 0
        """Lines that are neither a field, nor a comment, nor JSON: a sign that this is no event stream."""

    def feed(self, piece: Piece) -> list[Frame]:
        """The frames that `piece` completes."""
        if type(piece) is bytes and self._begun and not (self._parts or self._data or self._event or self._after_cr):
            frame = self._whole(piece)
            if frame is not None:
                return [frame]
        # A buffer may be its owner's to fill anew, so it is copied; for bytes this is no copy.
        piece = piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else bytes(piece)
        if self._after_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        if b"\n" not in piece and b"\r" not in piece:
            if piece:
                self._parts.append(piece)
            return []
        self._parts.append(piece)
        lines = b"".join(self._parts).splitlines(keepends=True)
        self._parts.clear()
        if lines[-1][-1:] not in (b"\n", b"\r"):
            self._parts.append(lines.pop())
        self._after_cr = piece.endswith(b"\r")
        return self._frames_of(lines)

    def _whole(self, piece: bytes) -> Frame | None:
        """The frame, if the piece is exactly one, as most that a network brings are: two thirds of the time."""
        at, event, end = 0, "", len(piece) - 2
        if piece.startswith(b"event: "):
            at = piece.find(b"\n") + 1
            event = piece[7 : at - 1].decode("utf-8", "replace")
        if not piece.startswith(b"data: ", at) or piece.find(b"\n", at) != end or b"\r" in piece or self._json_lines:
            return None
        data = piece[at + 6 : end]
        if piece[-1:] != b"\n" or not data or data.isspace():
            return None
        self._frames += 1
        self._line += 3 if at else 2
        return _frame(data, event, self._frames, self._line - 1)

    def close(self) -> list[Frame]:
        """The frame that the end of the stream completes, if there is one."""
        lines = [b"".join(self._parts)] if self._parts else []
        self._parts.clear()
        found = self._frames_of(lines)
        self._dispatch(found)
        return found

    def _frames_of(self, lines: list[bytes]) -> list[Frame]:
        found: list[Frame] = []
        for line in lines:
            self._line += 1
            line = line.rstrip(b"\r\n")
            if not self._begun:
                line = self._begin(line)
            if not line and not self._json_lines:
                self._dispatch(found)
            elif self._json_lines:
                if line.strip():
                    self._take(line)
                    self._dispatch(found)
            elif line.startswith(b"data: "):  # as nearly every line does
                self._take(line[6:])
            else:
                self._field(line)
        return found

    def _begin(self, line: bytes) -> bytes:
        """Tell by the first line that says something what kind of stream this is."""
        if self._line == 1:
            line = line.removeprefix(_BOM)
        if line.strip():
            self._begun = True
            self._json_lines = line.lstrip()[:1] in (b"{", b"[")
        return line

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._take(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name and name not in (b"id", b"retry"):
            self.strays += 1

    def _take(self, data: bytes) -> None:
        if not self._data:
            self._first_line = self._line
        self._data.append(data)

    def _dispatch(self, found: list[Frame]) -> None:
        lines, event = self._data, self._event
        if lines:
            self._data, self._event = [], ""
            data = lines[0] if len(lines) == 1 else b"\n".join(lines)
            if data and not data.isspace():
                self._frames += 1
                found.append(_frame(data, event, self._frames, self._first_line))
        elif event:
            self._event = ""
