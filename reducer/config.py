"""What the three wires' configurations have in common, and how their values are checked.

A configuration often comes from a file or a request, so each value is checked when the configuration is made, and a
wrong one raises a TypeError or ValueError that names the field.
"""

from collections.abc import Iterable
from typing import Any, get_args

from attrs import Attribute, field, frozen

from .limits import NO_LIMITS_SET, Limits, limits_of
from .messages import Message, StopReason
from .otid import approval_id

_HIDING = ("o1", "o3", "o4", "gpt-5")


def _check_message_id(_: object, __: "Attribute[str]", value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"message_id must be text, not {value!r}")
    approval_id(value)


def _must_be(*types: type, words: str) -> Any:
    def check(_: object, attribute: "Attribute[object]", value: object) -> None:
        if type(value) not in types:
            raise TypeError(f"{attribute.name} must be {words}, not {value!r}")

    return check


optional_text = _must_be(str, type(None), words="text or null")
required_text = _must_be(str, words="text")
yes_or_no = _must_be(bool, words="true or false")
yes_no_or_null = _must_be(bool, type(None), words="true, false or null")
optional_count = _must_be(int, type(None), words="a whole number or null")


def _set_of_names(field_name: str, value: Iterable[str]) -> frozenset[str]:
    listed = not isinstance(value, str) and isinstance(value, Iterable)
    collected = tuple(value) if listed else ()
    if not listed or not all(isinstance(name, str) for name in collected):
        raise TypeError(f"{field_name} must be a set of names, not {value!r}")
    return frozenset(collected)


def _approvals(value: Iterable[str]) -> frozenset[str]:
    return _set_of_names("requires_approval_tools", value)


def _skipped(value: Iterable[str]) -> frozenset[str]:
    return _set_of_names("skip_messages", value)


_SKIPPABLE = frozenset(kind.message_type for kind in get_args(Message)) - {StopReason.message_type}


def _check_skipped(_: object, attribute: "Attribute[frozenset[str]]", value: frozenset[str]) -> None:
    foreign = sorted(value - _SKIPPABLE)
    if foreign:
        known = ", ".join(sorted(_SKIPPABLE))
        raise ValueError(f"{attribute.name} must be of {known}, not {foreign[0]!r}")


def hides_reasoning(setting: bool | None, model: str | None) -> bool:
    """Whether the model hides its reasoning: as set, or else by its name (OpenAI's o-series and gpt-5)."""
    return (model or "").startswith(_HIDING) if setting is None else setting


@frozen(kw_only=True)
class BaseConfig:
    """What every wire's `Config` has.

    Attributes:
        message_id: every message's id, made before the stream: a UUID, with or without the prefix "message-".
        run_id: the agent server's id of the run, carried through.
        step_id: the agent server's id of the step, carried through.
        model: the model that was asked for, until the wire says which one answers.
        requires_approval_tools: the names of the tools whose calls are approval requests.
        hides_reasoning: whether the model reasons without showing it; None: by its name (o1, o3, o4, gpt-5).
        skip_messages: types of messages (their `message_type`) that are not emitted and take no index, such as those
            that a client does not know: runs on both sides of them are one. The result has what they would say.
        limits: how much of an answer is taken in; an object with some of its names will do.

    Raises:
        ValueError: if `message_id` is no UUID, or `skip_messages` has what is no type of a message, or `stop_reason`,
            or a limit is below 1.
        TypeError: if a value is of another type.
    """

    message_id: str = field(validator=_check_message_id)
    run_id: str | None = field(default=None, validator=optional_text)
    step_id: str | None = field(default=None, validator=optional_text)
    model: str | None = field(default=None, validator=optional_text)
    requires_approval_tools: frozenset[str] = field(default=frozenset(), converter=_approvals)
    hides_reasoning: bool | None = field(default=None, validator=yes_no_or_null)
    skip_messages: frozenset[str] = field(default=frozenset(), converter=_skipped, validator=_check_skipped)
    limits: Limits = field(default=NO_LIMITS_SET, converter=limits_of)


@frozen(kw_only=True)
class CompletionsConfig(BaseConfig):
    """What the two Chat Completions wires' `Config` have.

    Attributes:
        choice: the index of the choice to fold, for requests with n > 1: one fold for each. None: every choice is
            taken for the one there is (Foundry Local numbers each chunk's choice anew).
        detect_snapshots: whether arguments that repeat all that came before in each chunk are read as the snapshots
            they are, once nothing else makes JSON of them. Arguments that are JSON are the same with it and without.
        cumulative_reasoning: whether each delta's reasoning repeats all that came before, so that what is new of it
            counts (MiniMax's `reasoning_details`, as its manual has them). Nothing tells it from deltas that begin
            alike ("a", then "and"), so it has to be asked for.
        estimate_usage: whether to estimate the usage where the server reports none, as it does of a stream that was
            broken off: output tokens as a quarter of the UTF-8 bytes of text, reasoning, refusal and arguments.
        estimated_input_tokens: what the request's messages and tools come to, as the caller counts them; goes with
            `estimate_usage`.
    """

    choice: int | None = field(default=0, validator=optional_count)
    detect_snapshots: bool = field(default=True, validator=yes_or_no)
    cumulative_reasoning: bool = field(default=False, validator=yes_or_no)
    estimate_usage: bool = field(default=False, validator=yes_or_no)
    estimated_input_tokens: int | None = field(default=None, validator=optional_count)
