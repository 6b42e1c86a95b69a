"""Incremental framing: bytes or text, cut anywhere, into frames.

Server-sent events are read by the WHATWG rules: lines end with LF, CR or CRLF, a byte order mark may come first, a
colon begins a comment, several `data:` lines are one frame's, and a frame without data is none. Where servers do not
keep them, what came is read all the same:

- A last frame may lack its blank line. So may any other whose data is a whole JSON value or the done marker: the next
  field begins another.
- Lines of JSON are a frame each, and JSON over several lines is one, beside the fields or instead of them.
- `error:` is a field (llama.cpp), a frame of that name. Under any other name, JSON is a frame: `data` came broken.
- What is no field at all is a frame too, so that somebody hears of it. A page of HTML in the place of a stream is
  one.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from ...reducer.values.frozen_value import constructor_of, value
from ..errors import FrameTooLong
from .held_data import HeldData, depth_of
from .mending import SEPARATE, begins_page

Piece: TypeAlias = bytes | bytearray | memoryview | str
"""A piece of a stream, cut anywhere."""

_BOM = b"\xef\xbb\xbf"
_CASSETTE = b'{"streamfold_cassette"'
BEFORE = "lines before the stream"
_TORN = "a line of data without `data:`"
_FIELD = re.compile(rb"[A-Za-z_][\w.-]*$")
_FIELDS = (b"data", b"event", b"error", b"id", b"retry")
_CR = 13
_OPENING = (b"{", b"[")
_CLOSING = b"}]"
_MOST_BLANKS = 16  # blank lines in a row that may stand in a text
_SLICE = 1 << 16  # bytes that are taken apart into lines at a time

FRAME_LIMIT = 64 << 20
"""Bytes that one frame may have where nothing else is said: three times the longest that are known, a whole
response with an image of some 20 MB in it, and little enough for a server that reads several."""


@value
class Frame:
    """One server-sent event, or one line of JSON lines, before its data is decoded.

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


@value
class LooseFrame(Frame):
    """A frame that was not set off as one; `repair` says what is odd about it."""

    repair: str


class Frames(tuple[Frame, ...]):
    """Frames that came together, in one piece of a stream."""

    __slots__ = ()


_frame = constructor_of(Frame)


class Framer:
    """Turns pieces of a stream into frames as they become whole.

    A piece costs what it is long, whatever came before it, and what is held of a line in its pieces is little more
    than its bytes.

    Args:
        limit: the most bytes of one frame and of one line, that is, of all that is held until it is whole.

    Raises:
        ValueError: if the limit is no positive number.
    """

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        if limit < 1:
            raise ValueError(f"limit must be a number of bytes above zero, not {limit!r}")
        self._limit = limit
        self._too_long = False
        self._open = bytearray()  # a line that is not whole yet
        self._after_cr = False  # the last line ended with CR: an LF that comes next belongs to it
        self._begun = False
        self._usual = False  # an event has come, and nothing odd is under way
        self._is_clean = False  # the same, and nothing is held
        self._head, self.event = b"data: ", ""  # what a frame of one piece begins with, up to its data; its event
        self._json_lines = False
        self._page = False  # the stream began as a page of HTML, whose blank lines end no frame
        self._events = False  # a field or a comment has come: these are events
        self._data = HeldData()
        self._event = ""
        self._late = ""  # an event's name after data that may be whole: this frame's, or the next one's
        self._single = False  # the next field begins another frame in any case
        self._blanks = 0  # at the end of the data, which ended inside a text
        self._raw = False  # the data are lines without a field's name
        self._depth = 0  # of brackets in such lines, where they are JSON
        self._repair = ""
        self._line = 0
        self._first_line = self._last_line = self._named_line = 0
        self._frames = 0
        self.strays = 0
        """Lines that are neither a field, nor a comment, nor JSON: a sign that this is no event stream."""

    def feed(self, piece: Piece) -> list[Frame]:
        """The frames that `piece` completes.

        Raises:
            FrameTooLong: if a frame or a line is beyond the limit, once the frames before it were given; then always.
        """
        data = self.whole(piece)
        if data is not None:
            return [self.frame(data)]
        # A buffer may be its owner's to fill anew, so it is copied; for bytes this is no copy.
        piece = piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else bytes(piece)
        found: list[Frame] = []
        begin = 0
        if not self._is_clean:  # the rest of a frame that is held, perhaps, or the first
            begin = piece.find(b"\n\n") + 2 if b"\n\n" in piece else len(piece)
            self._take_piece(piece[:begin], found)
        if self._is_clean and len(piece) <= self._limit:
            begin = self._take_whole(piece, begin, found)
        if begin < len(piece):
            self._take_piece(piece[begin:], found)
        return found

    def _take_whole(self, piece: bytes, begin: int, found: list[Frame]) -> int:
        """Take frames that are whole in a piece, from `begin` on, up to the first that is not; where that begins."""
        while (end := piece.find(b"\n\n", begin) + 2) > 1:
            data = self.whole(piece[begin:end])
            if data is None:
                break
            found.append(self.frame(data))
            begin = end
        return begin

    def _take_piece(self, piece: bytes, found: list[Frame]) -> None:
        """Take what may be anything, and add the frames that it completes."""
        self._within_limit(self._lines_of(piece), found)
        self._is_clean = self._usual and not (self._open or self._data.count or self._event or self._after_cr)

    def _lines_of(self, piece: bytes) -> Iterator[bytes]:
        """The lines that a piece completes; what is left of it is held."""
        for at in range(0, len(piece), _SLICE):
            part = piece[at : at + _SLICE]
            if self._after_cr:
                part = part.removeprefix(b"\n")
            self._after_cr = part.endswith(b"\r")
            lines = part.splitlines(keepends=True)
            if self._open and lines and lines[0].endswith((b"\n", b"\r")):
                self._open += lines[0]
                lines[0] = bytes(self._open)
                self._open = bytearray()
            if lines and not lines[-1].endswith((b"\n", b"\r")):
                self._open += lines.pop()
            yield from lines
            self._expect_room(len(self._open))

    def _expect_room(self, more: int) -> None:
        """Refuse so many bytes more of the frame that is held."""
        held = self._data
        if more + held.size + (held.count > 0) > self._limit:
            raise FrameTooLong(self._limit)

    def _within_limit(self, lines: Iterator[bytes], found: list[Frame]) -> None:
        """Take lines; what is too long is raised at once, or the next time where frames came before it."""
        try:
            if self._too_long:
                raise FrameTooLong(self._limit)
            self._take_lines(lines, found)
        except FrameTooLong:
            self._too_long, self._usual = True, False
            self._open, self._data = bytearray(), HeldData()
            if not found:
                raise

    def whole(self, piece: Piece) -> bytes | None:
        """The data of the frame that a piece is exactly, as most that a network brings are: a quarter of the time.

        None where it is anything else, or something is held: then it goes to `feed`. `event` is the name of its event.
        """
        if not self._is_clean or piece.__class__ is not bytes or len(piece) > self._limit:
            return None
        body = piece.removeprefix(self._head)  # as that of the frame before, nearly always
        if body is piece:
            head = b"data: "
            if not piece.startswith(head):
                head = piece[: piece.find(b"\ndata: ") + 7]
                if not head.startswith(b"event: ") or head.count(b"\n") != 1:
                    return None
            self._head, self.event = head, head[7:-7].decode("utf-8", "replace")
            body = piece.removeprefix(head)
        data, _, rest = body.partition(b"\n")
        if rest != b"\n" or not data or data[-1] not in _CLOSING or _CR in piece:
            return None
        self._frames += 1
        self._line += 2 if len(self._head) == 6 else 3
        return data

    def frame(self, data: bytes) -> Frame:
        """The frame whose data `whole` just gave."""
        return _frame(data, self.event, self._frames, self._line - 1)

    @property
    def holds(self) -> bool:
        """Whether a frame has begun that is not whole."""
        return bool(self._data.count or self._event)

    def close(self) -> list[Frame]:
        """The frame that the end of the stream completes, if there is one.

        Raises:
            FrameTooLong: as `feed`.
        """
        lines = [bytes(self._open)] if self._open else []
        self._open.clear()
        found: list[Frame] = []
        self._within_limit(iter(lines), found)
        self._late = ""  # of a frame that has not come
        self._dispatch(found)
        return found

    def _take_lines(self, lines: Iterator[bytes], found: list[Frame]) -> None:
        """Take lines, and add the frames that they complete."""
        for line in lines:
            self._line += 1
            line = line.rstrip(b"\r\n")
            if len(line) + self._data.size >= self._limit:
                self._expect_room(len(line))
            if not self._begun:
                line = self._begin(line)
            if self._json_lines and self._line_of_json(line, found):
                continue
            if not line:
                if not (self._raw and (self._depth > 0 or self._page)) and not self._goes_on():
                    self._dispatch(found)
                continue
            if self._blanks:
                self._end_blanks(line, found)
            if line.startswith(b"data: "):  # as nearly every line does
                self._take(line[6:], found)
                self._events = True
            elif line[:1] == b":":
                self._events = True
            else:
                self._field(line, found)

    def _begin(self, line: bytes) -> bytes:
        """Tell by the first line that says something what kind of stream this is."""
        if self._line == 1:
            line = line.removeprefix(_BOM)
        if line.strip():
            self._begun = True
            self._page = begins_page(line)
            is_whole = depth_of(line) == (0, False) or line.startswith(_CASSETTE)
            self._json_lines = line.lstrip()[:1] in _OPENING and is_whole
        return line

    def _line_of_json(self, line: bytes, found: list[Frame]) -> bool:
        """A frame by itself, of a stream that began as lines of JSON; false where the stream goes on as events."""
        name = line.partition(b":")[0] if b":" in line else b"-"
        if name in _FIELDS or not name:
            self._json_lines = False
            self._repair = "frames after JSON without `data:`"
            return False
        if line.strip():
            self._hold(line)
            self._dispatch(found)
        return True

    def _goes_on(self) -> bool:
        """Whether a blank line may stand in the data: inside a text, where it should be two escapes."""
        if self._data.last.endswith((b"}", b"]")) or self._blanks == _MOST_BLANKS or not self._is_torn():
            return False
        if not self._data.ends_in_text():
            return False
        self._hold(b"")
        self._blanks += 1
        return True

    def _end_blanks(self, line: bytes, found: list[Frame]) -> None:
        """After blank lines in a text: the line goes on with it, unless it is a field or a comment."""
        if line[:1] == b":" or line.partition(b":")[0].strip().lower() in _FIELDS:
            self._dispatch(found)
        else:
            self._blanks = 0

    def _field(self, line: bytes, found: list[Frame]) -> None:
        if line.isspace():
            return
        before, colon, value = line.partition(b":")
        name = before.strip().lower()
        value = value.removeprefix(b" ")
        self._events = self._events or name in _FIELDS
        if name == b"data" or (name == b"error" and colon):
            if name == b"error":
                self._dispatch(found)
                self._event = "error"
            self._take(value, found)
            self._single = name == b"error"
        elif name == b"event":
            self._name(value.decode("utf-8", "replace"), found)
            self._named_line = self._line
        elif name not in (b"id", b"retry"):
            is_field = bool(colon and _FIELD.match(before))
            told = line
            if is_field and (value.lstrip()[:1] in _OPENING or value.rstrip()[-1:] in (b"}", b"]")):
                told, is_field = value, False  # no field has JSON but `data`, the beginning of which is lost
            self.strays += told.lstrip()[:1] not in _OPENING
            is_field = is_field and self._events
            if self._is_torn() and not (is_field and not self._data.ends_in_text()):
                if self._last_line == self._line - 1:  # else a comment has torn it, and what it lacks is unknown
                    self._hold(line if self._data.ends_in_text() else told)
                    self._repair = _TORN
            elif not is_field:
                self._stray(told, found)

    def _name(self, event: str, found: list[Frame]) -> None:
        if self._data.count and self._is_over():
            if not self._event and not self._raw:
                self._late = event
                return
            self._dispatch(found, "" if self._raw else SEPARATE)
        self._event = event

    def _stray(self, line: bytes, found: list[Frame]) -> None:
        """A line that is no field: JSON, perhaps the beginning of it, or anything else."""
        begins = line.lstrip()[:1] in _OPENING
        if self._data.count:
            within = self._depth > 0 and not (begins and self._data.last.rstrip()[-1:] not in (b"[", b",", b":"))
            if not self._raw or (begins if self._depth == 0 else not within):
                self._dispatch(found)
        is_json = self._depth > 0 if self._data.count else begins
        self._hold(line)
        self._raw = True
        if is_json:
            self._repair = "JSON without `data:`"
            depth, in_text = depth_of(line)
            self._depth += depth
            if in_text or self._depth <= 0:
                self._dispatch(found)

    def _take(self, data: bytes, found: list[Frame]) -> None:
        if self._data.count and (self._raw or self._is_over()):
            late, self._late = self._late, ""
            self._dispatch(found, "" if self._raw else SEPARATE)
            self._event = late
        self._hold(data)

    def _hold(self, data: bytes) -> None:
        if not self._data.count:
            self._first_line = self._line
        self._last_line = self._line
        self._data.add(data)

    def _is_torn(self) -> bool:
        """Whether a line is the rest of the data before it: a text there has a line end that should be an escape."""
        held = self._data
        return held.count > 0 and not self._raw and held.begins_json() and not self._is_over()

    def _is_over(self) -> bool:
        """Whether the frame is whole though no blank line has come, so that the next field begins another."""
        return self._single or self._raw or self._data.is_over()

    def _dispatch(self, found: list[Frame], repair: str = "") -> None:
        held, event, blanks = self._data, self._late or self._event, self._blanks
        if held.count:
            repair = self._repair or repair or (BEFORE if self._raw and not (self._events or self._page) else "")
            self._data, self._event, self._late, self._repair = HeldData(), "", "", ""
            self._usual = self._events and not self._json_lines
            self._single = self._raw = self._page = False
            self._depth = self._blanks = 0
            data = held.joined()
            data = data[: len(data) - blanks]  # which stood behind it, and in nothing
            if event == "error" or (data and not data.isspace()):  # the name of an error says enough
                self._frames += 1
                if repair:
                    found.append(LooseFrame(data, event, self._frames, self._first_line, repair))
                else:
                    found.append(_frame(data, event, self._frames, self._first_line))
        elif event == "error":  # the name says enough
            self._event = self._late = ""
            self._frames += 1
            found.append(_frame(b"", event, self._frames, self._named_line))
        elif event:
            self._event = ""
