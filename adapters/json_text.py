"""JSON text that can always be written: one line, and valid whatever value it is given."""

import json
import re
from collections.abc import Mapping
from math import isfinite

from ..reducer.values.json_values import Json
from .visible import STEERING

__all__ = ["dumps"]

# Python refuses to print integers beyond a limit, which a process may set as low as 640 digits.
_PRINTABLE_BITS = 2_000

# What is text in JSON and yet not safe on its way: half of a surrogate pair cannot be encoded, some end a line for
# whoever splits lines as Python's `str.splitlines` does, and the others steer the terminal that shows it.
_UNSAFE = re.compile(f"[{STEERING}]")


def dumps(value: Json) -> str:
    """Compact JSON text that can always be encoded and never spans lines.

    It does not raise. Text outside ASCII stays as it is, except half of a surrogate pair, the characters that end a
    line in Unicode, and those that steer a terminal (`visible`): these are escaped. A number that JSON lacks (NaN,
    Infinity) becomes null, as in JavaScript, and so does an integer of thousands of digits; an object that is no JSON
    becomes its `repr`; a member that is nested too deeply, or contains itself, becomes a note that says so.

    Args:
        value: what to write.

    Returns:
        One line of JSON.
    """
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError):
        text = _encode(_mended(value))
    return escaped(text)


def escaped(text: str) -> str:
    """JSON text as the standard library's encoder writes it, with escapes for what is not safe on its way.

    Args:
        text: JSON; it has no control characters below U+0020, since strings have these as escapes.

    Returns:
        The same JSON on one line, as `dumps` gives it.
    """
    if (text.isascii() and "\x7f" not in text) or text.isprintable():  # the first takes a tenth of the second's time
        return text
    return _UNSAFE.sub(lambda match: _escape(match[0])[1:-1], text)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=repr).encode
_escape = json.JSONEncoder(ensure_ascii=True).encode


def _mended(value: Json) -> Json:
    # Member by member, so that one that cannot be written takes none of the others with it.
    if isinstance(value, Mapping):
        return {str(name): _shallow(member) for name, member in value.items()}
    return _shallow(value)


def _shallow(value: Json) -> Json:
    try:
        return _sayable(value)
    except RecursionError:
        return f"<{type(value).__name__} nested too deeply>"


def _sayable(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(name): _sayable(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sayable(member) for member in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, int) and value.bit_length() > _PRINTABLE_BITS:
        return None
    return value
