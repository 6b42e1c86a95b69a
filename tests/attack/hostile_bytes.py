"""What an attacker sends: bodies that are odd in one way throughout, as long as is asked for, in pieces."""

from collections.abc import Callable

Pieces = list[bytes]


def _pieces(body: bytes, size: int) -> Pieces:
    return [body[at : at + size] for at in range(0, len(body), size)]


def _whole(body: bytes) -> Pieces:
    return _pieces(body, 1 << 12)


ATTACKS: dict[str, Callable[[int], Pieces]] = {
    "a line in pieces of one byte": lambda size: _pieces(b'data: {"a":"' + b"x" * size + b'"}\n\n', 1),
    "a line in pieces of three bytes": lambda size: _pieces(b'data: {"a":"' + b"x" * size + b'"}\n\n', 3),
    "a text torn by fields": lambda size: _whole(b'data: {"a": "' + b"x: y\n" * (size // 5)),
    "a long broken value, then fields": lambda size: _whole(
        b'data: {"a":"' + b"x" * (size // 2) + b'",}\n' + b"x: y\n" * (size // 10)
    ),
    "a long value that goes on with whole lines": lambda size: _whole(
        b'data: ["' + b"x" * (size // 2) + b'",\n' + b"data: []\ndata: ,\n" * (size // 36)
    ),
    "long lines that may be whole": lambda size: _whole(
        b'data: {"a":"' + b"x" * (size // 2) + b'",}\n' + (b"data: {" + b" " * (size // 128) + b"}\n") * 63
    ),
    "one frame of short lines": lambda size: _whole(b"data:ab\n" * (size // 8)),
    "lines without data": lambda size: _whole(b"data: \n" * (size // 7) + b"data: x\n\n"),
    "blank lines": lambda size: _whole(b"\r\n" * (size // 2)),
    "comments": lambda size: _whole(b": a\n" * (size // 4)),
    "brackets on lines": lambda size: _whole(b"{\n" * (size // 2)),
    "text without fields": lambda size: _whole(b"ab\n" * (size // 3)),
    "quotes": lambda size: _whole(b'x: {\n{"a":\n' + b'"' * size + b"\n\n"),
    "names of events": lambda size: _whole(b"event: a\n" * (size // 9)),
    "errors as fields": lambda size: _whole(b"error: x\n" * (size // 9)),
    "values that are glued": lambda size: _whole(b"data: " + b'{"choices":[]}' * (size // 14) + b"\n\n"),
    "objects that only open": lambda size: _whole(b"data: " + b'{"id":' * (size // 6) + b"\n\n"),
    "objects within a broken one": lambda size: _whole(
        b"data: x" + b'{"id":' * 60 + b'"' + b"x" * size + b'"' + b"}" * 60 + b"\n\n"
    ),
    "broken lines with values in them": lambda size: _whole(b'data: x{"id": 1}y\n' * (size // 18) + b"\n\n"),
    "brackets": lambda size: _whole(b"data: " + b"[" * size + b"\n\n"),
    "spaces": lambda size: _whole(b"data: {}" + b" " * size + b"{\n\n"),
    "prefixes": lambda size: _whole(b"data: " * (size // 6) + b"{}{\n\n"),
    "backslashes": lambda size: _whole(b'data: {"a":"' + b"\\\\" * (size // 2) + b'\n"}\n\n'),
    "halves of characters": lambda size: _whole(b'data: "' + b"\xed\xa0\xbd" * (size // 3) + b'"\n\n'),
    "digits": lambda size: _whole(b'data: {"a":' + b"1" * size + b"}\n\n"),
    "a page with comments behind it": lambda size: _whole(b"<html></html>" + b"<!---->" * (size // 7) + b"x\n\n"),
    "a page with a script that does not end": lambda size: _whole(
        b"<html><script>" + b"</script " * (size // 9) + b"</html>\n"
    ),
    "a page of brackets": lambda size: _whole(b"<html>" + b"<" * size + b"</html>\n"),
    "JSON lines of nothing": lambda size: _whole(b"{}\n" * (size // 3)),
}
