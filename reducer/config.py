"""What the three wires' configurations have in common, and how their values are checked.

A configuration often comes from a file or a request, so each value is checked when the configuration is made, and a
wrong one raises a TypeError or ValueError that names the field.
"""

from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen

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


def _names(value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"requires_approval_tools must be a set of names, not {value!r}")
    collected = tuple(value)
    if not all(isinstance(name, str) for name in collected):
        raise TypeError(f"requires_approval_tools must be a set of names, not {value!r}")
    return frozenset(collected)


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

    Raises:
        ValueError: if `message_id` is no UUID.
        TypeError: if a value is of another type.
    """

    message_id: str = field(validator=_check_message_id)
    run_id: str | None = field(default=None, validator=optional_text)
    step_id: str | None = field(default=None, validator=optional_text)
    model: str | None = field(default=None, validator=optional_text)
    requires_approval_tools: frozenset[str] = field(default=frozenset(), converter=_names)
    hides_reasoning: bool | None = field(default=None, validator=yes_no_or_null)


@frozen(kw_only=True)
class CompletionsConfig(BaseConfig):
    """What the two Chat Completions wires' `Config` have.

    Attributes:
        choice: the index of the choice to fold, for requests with n > 1: one fold for each. None: every choice is
            taken for the one there is (Foundry Local numbers each chunk's choice anew).
        detect_snapshots: whether arguments that repeat all that came before in each chunk are read as the snapshots
            they are, once nothing else makes JSON of them. Arguments that are JSON are the same with it and without.
    """

    choice: int | None = field(default=0, validator=optional_count)
    detect_snapshots: bool = field(default=True, validator=yes_or_no)
