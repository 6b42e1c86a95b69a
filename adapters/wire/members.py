"""Members of decoded JSON, tolerantly: what is of another type is mended or left out, and that is noted."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ...reducer.stream_error import ERROR_CODES, is_error, is_error_code, says_error

JSON_SIGNS = frozenset('{}[]"')
"""Of these characters a text has at least one if it may have been JSON before it was broken."""


WRAPPED = "a chunk inside another object"


_LONGEST_WAIT = 63


def longer(wait: int) -> int:
    """How many frames of a stream take the slower way after one more that the quicker one refused, 63 at most.

    A stream whose frames have a member that the structs lack has it in all, nearly always.

    Args:
        wait: how many after the one before, with none that was taken since; 0 if there is no such.
    """
    return min(2 * wait + 1, _LONGEST_WAIT)


class Repairs(list[str]):
    """What was mended in a chunk, in words.

    Attributes:
        lost: whether something was left out that may have had a piece of a tool call's arguments.
    """

    lost = False

    def lose(self, what: str) -> None:
        """Note that something was left out that may have had such a piece."""
        self.append(what)
        self.lost = True


_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
_OWN = frozenset({"choices", "error", "sequence_number"})
"""Members by which an object is a chunk, an event or an error itself."""
_PRINTABLE = 10**100  # Python refuses to print integers beyond a length that a process may set


def arguments_in(members: Mapping[str, Any], name: str, repairs: Repairs) -> str | None:
    """Arguments are JSON text, a custom tool's input any text; some servers (TGI, llama.cpp) send an object itself."""
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):  # nested deeper than the stack, or not of JSON's types
        repairs.lose(f"{name} is {kind_of(value)} that cannot be written as JSON, left out")
        return None
    repairs.append(f"{name} came as {kind_of(value)} in place of JSON text")
    return text


def text_in(members: Mapping[str, Any], name: str, repairs: list[str]) -> str | None:
    """A member that is text, or null."""
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _PRINTABLE:
        repairs.append(f"{name} came as a number in place of text")
        return str(value)
    repairs.append(f"{name} is {kind_of(value)}, left out")
    return None


def structure_in(members: Mapping[str, Any], name: str) -> Any:
    """A member in which a fold looks for lists and objects; a number and a truth value are none of its reading."""
    value = members.get(name)
    return None if isinstance(value, (int, float)) else value


def word_in(members: Mapping[str, Any], name: str, repairs: list[str]) -> str | None:
    """A finish word: text, or the `type` or `reason` of an object (sglang); of anything else what it is, in words.

    What is null or empty alone is no word: what cannot be read must not be taken for none.
    """
    value = members.get(name)
    if value in ({}, []):
        return None
    if value is None or is_text(value):
        return text_in(members, name, repairs)
    word = next((of for of in map(members_in(value).get, ("type", "reason")) if of and isinstance(of, str)), None)
    repairs.append(f"{name} is {kind_of(value)} in place of text")
    return word or kind_of(value)


def is_text(value: Any) -> bool:
    """Whether a value is text, or a number that is read as text."""
    return isinstance(value, str) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _PRINTABLE
    )


def number_in(members: Mapping[str, Any], name: str, repairs: list[str]) -> int | None:
    """A member that is a whole number, or null."""
    value = members.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        repairs.append(f"{name} came as text in place of a number")
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    repairs.append(f"{name} is {kind_of(value)}, left out")
    return None


def members_in(value: Any) -> Mapping[str, Any]:
    """An object's members; none of what is no object."""
    return value if isinstance(value, Mapping) else {}


def error_in(value: Mapping[str, Any]) -> Any:
    """The error that an object of Chat Completions says beside its choices, in any of the ways known; None if none.

    A bare `code` and `message`, or a `detail`, is one only where there is nothing else: some servers say
    `"code": 0, "message": "Success"` in every chunk.
    """
    error = _decoded(value.get("error"))
    if is_error(error):
        return value if error is True else error  # the text is beside it
    if is_error(value.get("error_type")) or is_error(value.get("error_message")) or value.get("object") == "error":
        return value  # vLLM's errors have "object": "error"
    status = members_in(value.get("base_resp"))  # MiniMax
    if is_error(status.get("status_code")):
        return status
    if value.get("choices"):
        return None
    if is_error(next(iter(_listed(value.get("errors"))), None)):
        return value
    if type(value.get("status")) is int and 400 <= value["status"] < 600 and isinstance(value.get("title"), str):
        return value if says_error(value) or value.get("detail") else {**value, "message": value["title"]}  # RFC 9457
    if isinstance(value.get("type"), str) and value["type"]:
        return value if is_type_of_error(value) else None
    if is_error(value.get("detail")):
        return value
    if value.get("success") is False and (says_error(value) or value.get("errors")):  # Cloudflare
        return value
    if isinstance(value.get("__type"), str) and says_error(value):  # AWS
        return value
    for name, inner in value.items() if len(value) == 1 else ():
        if name.endswith("Exception") and says_error(members_in(inner)):  # AWS, in an event stream
            return inner
    return value if says_error(value) and any(is_error_code(value.get(name)) for name in ERROR_CODES) else None


def _decoded(error: Any) -> Any:
    """An error; where it is an object in JSON text, that object."""
    if not isinstance(error, str) or error.lstrip()[:1] != "{":
        return error
    try:
        return json.loads(error)
    except (ValueError, RecursionError):
        return error


def is_type_of_error(value: Mapping[str, Any]) -> bool:
    """Whether an object's type is an error's own, and no event's: by its name, or since an HTTP status is beside it.

    Servers name it as they please: `server_error`, `NotFoundError`, `ThrottlingException`, `Bad Request` (vLLM).
    """
    kind = value["type"].lower()
    if kind.startswith("response."):
        return False
    if kind.endswith(("error", "exception")):
        return True
    codes = (str(value[name]) for name in ERROR_CODES if is_text(value.get(name)))
    return any(map(_STATUS_OF_ERROR.fullmatch, codes)) and says_error(value)


_STATUS_OF_ERROR = re.compile("[45][0-9][0-9]")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), "null" if value is None else f"a {type(value).__name__}")


def unwrapped(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The chunk or event that a gateway has put into another object, with what stands beside it; Ollama's own chunk.

    None if there is not just one. A member that both have is the inner one's; the other one is under the name of the
    member that was unwrapped.
    """
    if not _OWN.isdisjoint(value) or _is_event(value):
        return None
    if isinstance(value.get("message"), Mapping) and isinstance(value.get("done"), bool):
        word = (value.get("done_reason") or "stop") if value["done"] else None
        beside = {name: member for name, member in value.items() if name not in ("message", "done", "done_reason")}
        return {**beside, "choices": [{"index": 0, "delta": value["message"], "finish_reason": word}]}
    found = [(name, inner) for name, member in value.items() if (inner := _as_chunk(member)) is not None]
    if len(found) != 1:
        return None
    name, inner = found[0]
    beside = {of: member for of, member in value.items() if of != name}
    hidden = {of: member for of, member in beside.items() if of in inner and member != inner[of]}
    return {**beside, **inner, **({name: hidden} if hidden and name not in inner else {})}


def _as_chunk(member: Any) -> Mapping[str, Any] | None:
    if isinstance(member, str) and member.lstrip()[:1] == "{":
        try:
            member = json.loads(member)
        except (ValueError, RecursionError):
            return None
    if isinstance(member, list) and len(member) == 1:
        member = member[0]
    if not isinstance(member, Mapping):
        return None
    is_failure = list(member) == ["error"] and is_error(member["error"])
    is_chunk = isinstance(member.get("choices"), list) or _is_event(member) or is_response(member)
    return member if is_failure or is_chunk else None


def is_response(value: Mapping[str, Any]) -> bool:
    """Whether an object is a whole response, which some servers send instead of a stream, or after one.

    Without an `object` it is known by its list of items and its status.
    """
    if value.get("object") == "response":
        return "status" in value or "output" in value
    named = "object" not in value and "type" not in value and isinstance(value.get("status"), str)
    listed = value.get("output")
    return named and isinstance(listed, list) and all(isinstance(item, Mapping) and "type" in item for item in listed)


def _is_event(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    return isinstance(kind, str) and kind.startswith("response.")
