"""One wire from end to end: bytes, framed and read, folded with a snapshot in the midst, ended, written as JSON.

An input is a head of `HEAD` bytes, each of which chooses something (see `Plan`), and then the stream's bytes. A head of
zeroes, as digits, is the plainest; the seeds end theirs with a newline, which chooses nothing.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

from attrs import evolve, frozen
from streamfold.adapters import snapshot, wire
from streamfold.adapters.laws.checker import check_laws
from streamfold.adapters.wire.decoder import chunk_of
from streamfold.adapters.wire.sse import Frame, Framer
from streamfold.reducer import Undecodable, fold, responses
from streamfold.reducer.ends import End
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result
from support.law_checks import MESSAGE_ID, runs

from fuzz.oracles import ENDS, MACHINES, check_letta, check_sizes, check_told, halves, restored

HEAD = 8

_APPROVALS = {"requires_approval_tools": ["rm", "send_message"]}
_CHAT: tuple[dict[str, Any], ...] = (
    {},
    _APPROVALS,
    {"think_tags": True},
    {"think_tags": "opened"},
    {"detect_snapshots": False},
    {"detect_snapshots": False, "choice": None},
    {"model": "o3"},
    {"choice": 1},
)
_INNER: tuple[dict[str, Any], ...] = (
    {},
    _APPROVALS,
    {"use_assistant_message": True},
    {"put_inner_thoughts_in_kwarg": False, "model": "o3"},
    {"detect_snapshots": False},
    {"detect_snapshots": False, "use_assistant_message": True, "choice": None},
    {"estimate_usage": True, "estimated_input_tokens": 7, **_APPROVALS},
    {"put_inner_thoughts_in_kwarg": False, "use_assistant_message": True, "thoughts_key": "message"},
)
_RESPONSES: tuple[dict[str, Any], ...] = ({}, _APPROVALS, {"hides_reasoning": True, **_APPROVALS}, {"model": "o3"})
CONFIGS: dict[str, Sequence[dict[str, Any]]] = {"chat": _CHAT, "inner-thoughts": _INNER, "responses": _RESPONSES}
MOST_CHUNKS = 24
"""Of a stream that every law looks at."""
REPEATS = (1, 1, 1, 2, 1, 3, 1, 24)


@frozen
class Plan:
    """How a stream is put to the test.

    Attributes:
        options: of the wire's config.
        sizes: of the pieces that the bytes come in, over and over; none: all at once.
        stop: after which chunk a snapshot is taken, and also an end is put to the stream.
        end: how the stream ends.
        repeat: how often its frames come.
        split: from which chunk on the first that can be split in two is.
    """

    options: dict[str, Any]
    sizes: tuple[int, ...]
    stop: int
    end: End
    repeat: int
    split: int


def plan_of(name: str, head: bytes) -> Plan:
    """What a head chooses; `0` chooses the first of everything."""
    how, small, large, stop, end, repeat, split = head.ljust(HEAD, b"0")[:7]
    options = CONFIGS[name]
    sizes = (small % 12 + (not large % 48), large % 48) if small % 12 or large % 48 else ()
    return Plan(options[how % len(options)], sizes, stop, ENDS[end % 4], REPEATS[repeat % 8], split)


def check_stream(name: str, given: bytes) -> None:
    """Everything that must be true of a stream of this wire, whatever its bytes."""
    plan, body = plan_of(name, given[:HEAD]), given[HEAD:]
    frames = framed(body, plan.sizes) * plan.repeat
    size = len(body) * plan.repeat
    machine, config = MACHINES[name], MACHINES[name].Config(message_id=MESSAGE_ID, **plan.options)
    chunks = read_both_ways(name, machine, config, frames)
    state, messages = fold_with_a_stop(machine, config, chunks, plan)
    result = check_told(machine, state, messages, chunks, plan.end)
    check_sizes(state, messages, size)
    check_letta(messages, result)
    assert restored(result) == result
    for message in messages[-3:]:
        restored(message)
    restored(state)
    if not getattr(config, "detect_snapshots", False):  # arguments that are no JSON may be taken for snapshots
        check_split(machine, config, chunks, plan, messages)
    if machine is responses:
        check_delivered_twice(config, chunks, plan)


def framed(body: bytes, sizes: Sequence[int]) -> list[Frame]:
    """A body's frames, which are the same in pieces of these sizes as all at once."""
    whole = list(wire.frames([body]))
    for frame in whole:
        assert frame.data.strip()
        assert wire.detect(frame) in (None, "chat", "responses")
    if sizes:
        framer, pieces, at, turn = Framer(), [], 0, 0
        while at < len(body):
            pieces += framer.feed(memoryview(body)[at : at + sizes[turn]])
            at, turn = at + sizes[turn], 1 - turn
        assert [*pieces, *framer.close()] == whole
    return whole


def read_both_ways(name: str, machine: Any, config: Any, frames: Sequence[Frame]) -> list[Any]:
    """The frames' chunks, by msgspec where it is installed; read tolerantly they fold alike."""
    fast = wire.decoder(name)
    with mock.patch.object(sys.modules[chunk_of.__module__], "msgspec_decoder", None):
        slow = wire.decoder(name)
    chunks, others = [], []
    for frame in frames:
        chunk, other = chunk_of(frame, fast), chunk_of(frame, slow)
        if isinstance(other, Undecodable) and not isinstance(chunk, Undecodable):
            assert not _is_readable(frame.data)  # what is broken in a member that no fold reads, msgspec passes over
            other = chunk
        chunks.append(chunk)
        others.append(other)
    state, messages = fold(machine, config, chunks)
    other_state, others_messages = fold(machine, config, others)
    assert messages == others_messages
    assert _without_notes(machine.result(state)) == _without_notes(machine.result(other_state))
    return chunks


def _is_readable(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return True


def _without_notes(result: Result) -> Result:
    return evolve(result, diagnostics=())


def fold_with_a_stop(machine: Any, config: Any, chunks: Sequence[Any], plan: Plan) -> tuple[Any, tuple[Message, ...]]:
    """Fold the chunks, going on from a snapshot after some of them; an end there is checked too."""
    stop = plan.stop % (len(chunks) + 1)
    state, messages = machine.start(restored(config))
    said = list(messages)
    for at, chunk in enumerate(chunks):
        if at == stop:
            state = stopped(machine, state, said, chunks, at, plan.end)
        state, messages = machine.step(state, chunk)
        said.extend(messages)
    if stop == len(chunks):
        state = restored(state)
    again, all_messages = fold(machine, config, chunks, plan.end)
    state, messages = machine.finish(state, plan.end)
    assert (again, all_messages) == (state, (*said, *messages))
    assert hash(again) == hash(state)
    return state, all_messages


def stopped(machine: Any, state: Any, said: Sequence[Message], chunks: Sequence[Any], at: int, end: End) -> Any:
    """A state from its snapshot, once it was seen that the stream could also have ended there."""
    over, messages = machine.finish(state, end)
    check_told(machine, over, [*said, *messages], chunks[:at], end)
    again = restored(state)
    chunk = chunks[at]
    assert machine.result(again) == machine.result(state)
    assert machine.step(again, restored_chunk(chunk)) == machine.step(again, chunk)
    return again


def restored_chunk(chunk: Any) -> Any:
    """A chunk after a way through a snapshot; what JSON has not is mended on the way, so it need not be equal."""
    text = snapshot.dumps(chunk)
    return chunk if b"\\ud" in text else snapshot.loads(text)  # see `restored`


def check_split(machine: Any, config: Any, chunks: Sequence[Any], plan: Plan, messages: Sequence[Message]) -> None:
    """One delta in two changes no run."""
    for at in range(plan.split % (len(chunks) + 1), len(chunks)):
        pair = halves(chunks[at])
        if pair is not None:
            _, others = fold(machine, config, [*chunks[:at], *pair, *chunks[at + 1 :]], plan.end)
            assert runs(others) == runs(messages)
            return


def _has_an_id(response: Any) -> bool:
    return isinstance(response, Mapping) and bool(response.get("id")) and isinstance(response["id"], str)


def check_by_the_laws(given: bytes) -> None:
    """The library's own checker finds nothing wrong with a stream, of the wire that the last byte of the head says."""
    name, plan, body = named_plan_of(given)
    # Half of a snapshot is no delta: where they are looked for, cuts may change something.
    options = plan.options if name == "responses" else {**plan.options, "detect_snapshots": False}
    machine, config = MACHINES[name], MACHINES[name].Config(message_id=MESSAGE_ID, **options)
    chunks = list(wire.read(name, [body]))[:MOST_CHUNKS]
    check_laws(machine, config, chunks, ends=(plan.end,), places=5)


def named_plan_of(given: bytes) -> tuple[str, Plan, bytes]:
    """The same as `plan_of` for inputs of any wire, and the bytes of the stream."""
    head = given[:HEAD].ljust(HEAD, b"0")
    name = tuple(MACHINES)[head[-1] % len(MACHINES)]
    return name, plan_of(name, head), given[HEAD:]


def check_delivered_twice(config: Any, chunks: Sequence[Any], plan: Plan) -> None:
    """Of events that are numbered one after the other, some that come again double nothing.

    But a response without an id that begins again may as well be the next one, whose numbers begin anew.
    """
    events = [chunk for chunk in chunks if isinstance(chunk, responses.Chunk)]
    if any(event.type == "response.created" and not _has_an_id(event.response) for event in events):
        return
    numbered = [evolve(event, sequence_number=number) for number, event in enumerate(events)]
    stop = plan.stop % (len(numbered) + 1)
    begin = plan.split % (stop + 1)
    once = fold(responses, config, numbered, plan.end)
    again = fold(responses, config, [*numbered[:stop], *numbered[begin:stop], *numbered[stop:]], plan.end)
    assert again == once
