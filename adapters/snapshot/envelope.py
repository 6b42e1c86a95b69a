"""A value and its snapshot: the version, the type's name and the members, as plain JSON values or as text."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from zlib import crc32

from ...reducer.values.json_values import Json
from ..errors import SnapshotError
from .converter import converter_for
from .refusals import listed, located, one_line, shown, why
from .stored_types import CHUNKS, STATES, TOP, TYPES, Snapshot, name_of
from .validation import InvalidState, check_state

VERSION = 2
"""The version of the format. It rises when old snapshots would read differently, or new ones not at all."""

SNAPSHOT_LIMIT = 256 << 20
"""Bytes that a snapshot may have where nothing else is said; a state has about those that its answer has."""


def unstructure(value: Snapshot) -> dict[str, Any]:
    """A value as plain JSON values: dicts with strings for keys, lists, strings, numbers, booleans, None.

    Args:
        value: a state, config or chunk of one of the three wires, a `Done` or `Undecodable`, a message, an end, or a
            `Result`.

    Raises:
        SnapshotError: if it is something else, or hand-made of what the fields' types do not allow.
    """
    name = name_of(value)
    if not name:
        raise SnapshotError(f"there are no snapshots of {type(value).__name__}")
    try:
        return sealed({"streamfold": VERSION, "type": name, "value": converter_for(name in CHUNKS).unstructure(value)})
    except Exception as error:  # whatever cattrs comes upon in a hand-made value
        raise SnapshotError(one_line(f"no snapshot of this {name}: {why(error)}")) from None


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot with the checksum of what it says, in place of the one that it has.

    The checksum makes it visible that something has changed by accident. It is no signature: anybody can make it.

    Args:
        data: the version, the type's name and the value.

    Raises:
        ValueError: if the value is no JSON.
    """
    return {**data, "checksum": _checksum_of(data["type"], data["value"])}


def structure(data: Json) -> Any:
    """The value that a snapshot is of: equal to the one that went in, and a state goes on as if nothing had happened.

    Whatever a snapshot says, it is refused here or its state folds on without raising.

    Args:
        data: what `unstructure` gave, perhaps by way of JSON.

    Raises:
        SnapshotError: if it is no snapshot, of another version, of an unknown type, or has fields that are missing,
            unknown or wrong; if its checksum is another than that of what it says; or if no fold comes to such a state.
    """
    name, members = _opened(data)
    try:
        value: Any = converter_for(name in CHUNKS).structure(members, TYPES[name])
    except Exception as error:  # one of ours, one of an attrs validator, or a group of them
        path, reason = located(error)
        raise SnapshotError(one_line(f"{name} (version {VERSION}): {path}: {reason}")) from None
    if name_of(value) != name:
        raise SnapshotError(f"{name} (version {VERSION}): value.config is that of another wire")
    # Last: what is wrong with a field says more than that something is.
    try:
        checksum = _checksum_of(name, members)
    except (TypeError, ValueError, RecursionError) as error:  # given as it is, and not by way of JSON
        raise SnapshotError(one_line(f"{name} (version {VERSION}): value: {why(error)}")) from None
    if data["checksum"] != checksum:
        raise SnapshotError(f"{name} (version {VERSION}): it has another checksum: this is not what was stored")
    if name in STATES:
        try:
            check_state(name, value)
        except InvalidState as error:
            raise SnapshotError(one_line(f"{name} (version {VERSION}): {error}")) from None
    return value


def dumps(value: Snapshot) -> bytes:
    """A value as JSON: one line of ASCII, so that text with half a surrogate pair in it survives any transport.

    Raises:
        SnapshotError: as `unstructure`.
    """
    return json.dumps(unstructure(value), separators=(",", ":")).encode()


def loads(data: bytes | str, limit: int = SNAPSHOT_LIMIT) -> Any:
    """The value that `dumps` was given.

    Args:
        data: the JSON.
        limit: the most bytes, or characters, of it.

    Raises:
        SnapshotError: as `structure`; or if it is no JSON, or longer than the limit.
    """
    if len(data) > limit:
        raise SnapshotError(
            f"longer than {limit:,} bytes, the limit for a snapshot: `limit` of `snapshot.loads` sets another"
        )
    try:
        decoded = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(one_line(f"not a snapshot: not JSON: {why(error)}")) from None
    return structure(decoded)


def _opened(data: Json) -> tuple[str, Json]:
    """A snapshot's type and value."""
    if not isinstance(data, Mapping):
        raise SnapshotError(f"not a snapshot: {shown(data)} instead of an object")
    if "streamfold" not in data:
        raise SnapshotError('not a snapshot: it has no version (under "streamfold")')
    version = data["streamfold"]
    if type(version) is not int:
        raise SnapshotError(f"a snapshot of unknown version {shown(version)}; this streamfold reads {VERSION}")
    if version != VERSION:
        age = "an older" if version < VERSION else "a newer"
        raise SnapshotError(f"a snapshot of version {shown(version)}, by {age} streamfold; this one reads {VERSION}")
    if data.keys() != {"streamfold", "type", "value", "checksum"}:
        raise SnapshotError(
            one_line(f"a snapshot (version {VERSION}) has streamfold, type, value and checksum, not {listed(data)}")
        )
    name = data["type"]
    if not isinstance(name, str) or name not in TOP:
        raise SnapshotError(f"a snapshot (version {VERSION}) of unknown type {shown(name)}")
    return name, data["value"]


def _checksum_of(name: str, value: Json) -> str:
    """Of the type and the value, as JSON in one form: stores put members in an order of their own."""
    text = json.dumps([name, value], allow_nan=False, sort_keys=True, separators=(",", ":"))
    return f"{crc32(text.encode()):08x}"


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
