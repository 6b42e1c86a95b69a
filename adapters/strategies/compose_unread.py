"""Composing members that no fold reads, at every level of a chunk: what is said does not change.

Some of them are members that a fold reads, and hold something else than it reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta
from ...reducer.completions.tool_calls.calls import is_about_a_call
from ...reducer.responses.event import Event
from ...reducer.values.json_values import freeze
from .drawing import Pen
from .expected import Step
from .quirks import Quirk

_TOKEN = {"token": "t", "logprob": -0.5, "top_logprobs": []}


_ODD: tuple[dict[str, Any], ...] = (
    {},
    {"annotations": {"url": "odd"}},
    {"executed_tools": "odd"},
    {"reasoning_details": "odd"},
    {"extra_content": ["odd"]},
    {"thought": "odd"},
)
"""Members of a delta that hold something else."""


def _members(at: int) -> tuple[dict[str, Any], ...]:
    """Members of each kind, the simplest first: what every chunk repeats, and what changes from one to the next."""
    return (
        {"vendor": "v"},
        {"rank": at, "seen": at % 2 == 0},
        {"nested": {"a": {"n": at, "none": None}, f"only_{at}": "here"}},
        {"listed": [at, {"n": None}]},
        {"thought_signature": f"signed-{at % 3}"},
        {"encrypted_state": f"secret-{at}"},
        {"logprobs": {"content": [_TOKEN]}},
    )


def with_unread(pen: Pen, steps: Sequence[Step]) -> list[Step]:
    """The steps, with members that no fold reads in the chunks of some, if the pen allows it."""
    if not pen.allows(Quirk.UNREAD):
        return list(steps)
    return [_step_with_unread(pen, at, step) for at, step in enumerate(steps)]


def _step_with_unread(pen: Pen, at: int, step: Step) -> Step:
    if not isinstance(step.chunk, (Chunk, Event)) or not pen.sometimes(Quirk.UNREAD):
        return step
    chunk: Any = _event(pen, at, step.chunk) if isinstance(step.chunk, Event) else _chunk(pen, at, step.chunk)
    return evolve(step, chunk=chunk)


def _json(pen: Pen, at: int) -> dict[str, Any]:
    """Members of one kind, or of two: a kind that is read only beside another is seen when it is alone."""
    members = _members(at)
    kinds = 1 + pen.roll(Quirk.UNREAD, 2)
    drawn = [members[pen.roll(Quirk.UNREAD, len(members))] for _ in range(kinds)]
    return {name: member for each in drawn for name, member in each.items()}


def _drawn(pen: Pen, at: int) -> Any:
    return freeze(_json(pen, at))


def _chunk(pen: Pen, at: int, chunk: Chunk) -> Chunk:
    choices = chunk.choices and tuple(_choice(pen, at, choice) for choice in chunk.choices)
    odd: dict[str, Any] = {"x_groq": ["odd"]} if pen.roll(Quirk.UNREAD, 2) and chunk.x_groq is None else {}
    return evolve(chunk, choices=choices, extras=_drawn(pen, at), **odd)


def _choice(pen: Pen, at: int, choice: Choice) -> Choice:
    delta, message = (part and _delta(pen, at, part) for part in (choice.delta, choice.message))
    return evolve(choice, delta=delta, message=message, extras=_drawn(pen, at))


def _delta(pen: Pen, at: int, delta: Delta) -> Delta:
    calls = delta.tool_calls and tuple(_call(pen, at, call) for call in delta.tool_calls)
    members = _drawn(pen, at)
    if delta.function_call is not None:
        members = freeze({**members, "function_call": {"vendor": "v"}})
    odd = _ODD[pen.roll(Quirk.UNREAD, len(_ODD))]
    absent = {name: member for name, member in odd.items() if getattr(delta, name) is None}
    return evolve(delta, tool_calls=calls, extras=members, **absent)


def _call(pen: Pen, at: int, call: CallDelta) -> CallDelta:
    if not is_about_a_call(call):
        return call  # with members it would be, and begin one
    members = dict(_drawn(pen, at))
    if call.function is not None or call.custom is not None:
        members["function" if call.custom is None else "custom"] = {"strict": True, "rank": at}
    return evolve(call, extras=freeze(members))


def _event(pen: Pen, at: int, event: Event) -> Event:
    """The event with members of its own, of its response, its item and its part, and of the items in its response."""
    response, item, part = event.response, event.item, event.part
    if isinstance(response, Mapping):
        listed = response.get("output")
        output = {"output": [{**of, **_json(pen, at)} for of in listed]} if listed else {}
        response = {**response, **output, **_json(pen, at)}
    item, part = ({**of, **_json(pen, at)} if isinstance(of, Mapping) else of for of in (item, part))
    return evolve(event, response=response, item=item, part=part, extras=_drawn(pen, at))
