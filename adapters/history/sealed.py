"""What a provider sealed, and wants back as it came: signatures, opaque reasoning, and thinking blocks.

They are among the members that no fold reads. There, of a member that must not be joined, every value that came is
kept, one after the other (docs/extras.md); a request has room for one, and that is the last.
"""

from collections.abc import Iterator, Mapping

from ...reducer.result import Result, ToolCall
from ...reducer.shared.extras import NEVER_JOINED
from ...reducer.values.json_values import Json, as_list, as_object, as_text
from .turns import JsonObject, copied

_OF_CALL = ("extra_content", "provider_specific_fields", "namespace")
"""What goes back with a call beside what is sealed: where Gemini and LiteLLM put signatures, and where the tool is."""


def sealed_members(result: Result) -> JsonObject:
    """The signatures of the message's content: Gemini's, and those of LiteLLM for it."""
    delta = _delta_of(result)
    fields = as_object(delta.get("provider_specific_fields"))
    signatures = as_list(fields.get("thought_signatures"))
    found = {"extra_content": delta.get("extra_content")}
    if signatures:
        found["provider_specific_fields"] = {"thought_signatures": signatures}
    return {name: _as_sent(name, member) for name, member in found.items() if member}


def opaque_reasoning(result: Result) -> str:
    """GitHub Copilot's `reasoning_opaque`; empty where none came."""
    return as_text(_as_sent("reasoning_opaque", _delta_of(result).get("reasoning_opaque")))


def thinking_blocks(result: Result) -> list[JsonObject]:
    """Anthropic's thinking blocks as LiteLLM streams them, in pieces, each joined up to its signature.

    A block that came once more, whole, counts once. A redacted block comes whole. Pieces that no signature followed are
    left out: Anthropic refuses them.
    """
    blocks: list[JsonObject] = []
    text = ""
    for piece in map(as_object, as_list(_delta_of(result).get("thinking_blocks"))):
        if piece.get("type") == "redacted_thinking":
            block: JsonObject = copied(piece)
        else:
            text += as_text(piece.get("thinking"))
            signature = as_text(piece.get("signature"))
            if not signature:
                continue
            block, text = {"type": "thinking", "thinking": text, "signature": signature}, ""
        if block not in blocks:
            blocks.append(block)
    return blocks


def audio_id(result: Result) -> str:
    """The id by which OpenAI knows the audio that the model answered with; empty where there is none."""
    return as_text(as_object(_delta_of(result).get("audio")).get("id"))


def members_of_call(call: ToolCall) -> JsonObject:
    """What goes back with a call beside its id, its name and its arguments."""
    names = (name for name in call.extras if name in _OF_CALL or _is_sealed(name))
    return {name: _as_sent(name, call.extras[name]) for name in names}


def members_of_function(call: ToolCall) -> JsonObject:
    """What goes back inside a call's function or custom tool, such as a signature beside the name and the arguments."""
    inner = as_object(call.extras.get("custom" if call.kind == "custom" else "function"))
    return {name: _as_sent(name, member) for name, member in inner.items() if _is_sealed(name)}


def is_signed(call: ToolCall) -> bool:
    """Whether a thought's signature rides on a call."""
    return any("signature" in name.lower() for name in _names(call.extras))


def _names(members: Mapping[str, Json]) -> Iterator[str]:
    for name, member in members.items():
        yield name
        yield from _names(as_object(member))


def _delta_of(result: Result) -> Mapping[str, Json]:
    """The members of the deltas that no fold reads, of a result of Chat Completions."""
    return as_object(as_object(result.extras.get("choice")).get("delta"))


def _as_sent(name: str, member: Json) -> Json:
    """A member as the provider sent it last, however deep what is sealed in it lies."""
    if isinstance(member, Mapping):
        return {inner: _as_sent(inner, value) for inner, value in member.items()}
    if _is_sealed(name) and not name.endswith("s") and as_list(member):  # a plural is a list anyhow
        return copied(member[-1])
    return copied(member)


def _is_sealed(name: str) -> bool:
    return any(part in name.lower() for part in NEVER_JOINED)
