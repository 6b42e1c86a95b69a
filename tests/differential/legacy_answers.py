"""What Letta's legacy interface answered to a recorded stream, and what we answer, in the same terms."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen
from streamfold.adapters import wire
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.adapters.protocols.result_json import result_to_json
from streamfold.reducer import End, Ended, chat, fold, inner_thoughts, otid, responses
from support.law_checks import MESSAGE_ID

Json = dict[str, Any]
MACHINES: dict[str, Any] = {"chat": chat, "inner_thoughts": inner_thoughts, "responses": responses}
COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
CALLS = ("tool_call_message", "approval_request_message")
VERSIONS = ("0.16.4", "0.16.8")
"""The versions of which there are answers: recorded ones, and those that `tests/legacy` asks for."""
RAISED = [{"type": "raised"}]
"""In place of a content that the legacy interface raised an exception instead of."""


@frozen
class Run:
    """Neighbouring messages that agree in all but their text: one stretch of what a client sees."""

    kind: str
    id: str = ""
    otid: str = ""
    step_id: str = ""
    call: str = ""
    name: str = ""
    text: str = ""
    more: tuple[Any, ...] = ()


@frozen
class Answer:
    """Everything that a stream comes to."""

    runs: tuple[Run, ...]
    content: list[Json]
    tool_calls: list[tuple[str, str, str]]
    usage: dict[str, int | None]
    model: str | None
    provider_id: str | None
    raised: bool = False

    def text_of(self, *kinds: str) -> str:
        """The joined text of all runs of these kinds."""
        return "".join(run.text for run in self.runs if run.kind in kinds)


@frozen(slots=False)
class Case:
    """One recorded stream under one configuration, with the legacy interface's answer."""

    name: str
    interface: str
    config: Json
    frames: list[tuple[Any, str]] = field(repr=False)
    golden: Answer

    def answer(self, count: int | None = None, end: End | None = None) -> Answer:
        """Our answer to the whole stream, or to its first frames."""
        return answer_of_ours(self.interface, self.config, self.frames[:count], end or Ended())

    @cached_property
    def chunks(self) -> list[Any]:
        """The decoded chunks, without `[DONE]`."""
        return [value for value, _ in self.frames]

    @cached_property
    def deltas(self) -> list[Json]:
        """The deltas of the choice that the legacy interface reads: the first of each chunk."""
        first = [(chunk.get("choices") or [{}])[0] for chunk in self.chunks]
        return [choice.get("delta") or {} for choice in first]

    def events(self, kind: str) -> list[Json]:
        """The Responses events of one type."""
        return [chunk for chunk in self.chunks if chunk.get("type") == f"response.{kind}"]


@frozen
class Reason:
    """A defect of the legacy interface, and so a reason for a difference.

    Attributes:
        interfaces: where it has it.
        defect: what it does, in words.
        change: what that makes of our answer; the same answer where it makes nothing of it.
        versions: which versions have it, of those that are tried.
    """

    interfaces: tuple[str, ...]
    defect: str
    change: Callable[[Case, Answer], Answer]
    versions: tuple[str, ...] = VERSIONS


def cases_of(recording: Path) -> list[Case]:
    """The cases of a recorded stream: one for each configuration that the legacy interface was asked under."""
    answers = recording.parent.parent / "goldens" / f"{recording.stem}.json"
    if not answers.exists():
        return []
    frames = frames_of(recording)
    goldens = json.loads(answers.read_text("utf-8"))
    return [
        Case(recording.stem, golden["interface"], golden["config"], frames, answer_of_theirs(golden))
        for golden in goldens
    ]


def frames_of(recording: Path) -> list[tuple[Any, str]]:
    """A recorded stream's decoded frames and the names of their events, without `[DONE]`."""
    frames = wire.frames([recording.read_bytes()])
    return [(json.loads(frame.data), frame.event) for frame in frames if frame.data.strip() != b"[DONE]"]


def answer_of_theirs(golden: Json) -> Answer:
    """A recorded answer of the legacy interface."""
    calls = [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in golden["tool_calls"]]
    return Answer(
        runs=joined(golden["messages"]),
        content=RAISED if isinstance(golden["content"], dict) else golden["content"],
        tool_calls=calls,
        usage={name: golden["usage"][name] for name in COUNTS},
        model=golden["model"],
        provider_id=golden["provider_id"],
        raised=golden["raised"] is not None,
    )


_OURS_ALONE = ("phase", "annotations")
"""Members of a part of our results that the legacy interface's content has no place for."""


def answer_of_ours(interface: str, config: Json, frames: Iterable[tuple[Any, str]], end: End) -> Answer:
    """What we make of the same frames under the same configuration, as Letta's JSON."""
    machine = MACHINES[interface]
    decode = wire.decoder(interface)
    chunks = [decode(value, event=event) for value, event in frames]
    settings = machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **config)
    state, messages = fold(machine, settings, chunks, end)
    result = json.loads(dumps(result_to_json(machine.result(state))))
    return Answer(
        runs=joined(json.loads(dumps([*filter(None, map(letta.to_json, messages))]))),
        content=[
            {name: value for name, value in part.items() if value is not None and name not in _OURS_ALONE}
            for part in result["content"]
        ],
        tool_calls=[(call["id"], call["name"], call["arguments"]) for call in result["tool_calls"]],
        usage={name: result["usage"][name] for name in COUNTS},
        model=result["model"],
        provider_id=result["provider_id"],
    )


def joined(messages: Iterable[Json]) -> tuple[Run, ...]:
    """Messages of Letta's JSON as runs."""
    runs: list[Run] = []
    for message in messages:
        run = run_of(message)
        if runs and evolve(run, name=runs[-1].name, text=runs[-1].text) == runs[-1]:
            run = evolve(run, name=runs[-1].name + run.name, text=runs.pop().text + run.text)
        runs.append(run)
    return tuple(runs)


def run_of(message: Json) -> Run:
    """One message as a run."""
    members = dict(message)
    call = members.pop("tool_call", None) or {}
    if message["message_type"] in CALLS:  # beside an approval request's since 0.16.5
        assert members.pop("tool_calls", call) == call
    assert members.pop("run_id", "run-1") == "run-1"
    text = members.pop("content", None) or members.pop("reasoning", None) or call.get("arguments") or ""
    head = {name: members.pop(name, "") for name in ("id", "otid", "step_id")}
    kind = members.pop("message_type")
    members = {name: value for name, value in members.items() if name not in ("content", "reasoning")}
    more = tuple(sorted((name, json.dumps(value)) for name, value in members.items()))
    return Run(kind, **head, call=call.get("tool_call_id", ""), name=call.get("name") or "", text=text, more=more)


def renumbered(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs joined where they now touch, with the otids that they have in this order."""
    told: list[Run] = []
    index = -1
    for run in runs:
        if not told or told[-1].kind != run.kind:
            index += 1
        if run.kind not in ("approval_request_message", "stop_reason"):
            run = evolve(run, otid=otid(MESSAGE_ID, index))
        if told and evolve(run, name="", text="") == evolve(told[-1], name="", text=""):
            before = told.pop()
            run = evolve(before, name=before.name + run.name, text=before.text + run.text)
        told.append(run)
    return tuple(told)
