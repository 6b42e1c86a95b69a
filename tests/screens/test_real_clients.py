"""The real clients read what the sinks write of every stream, whole, cut and cancelled, and agree with the result."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from screens import clients
from screens.cut_turns import told
from screens.shown import Shown, shown_by_agui, shown_by_vercel
from streamfold.adapters.protocols import agui, vercel
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.wire import fold_bytes
from streamfold.reducer import Cancelled, Ended, Result, chat, inner_thoughts, responses
from streamfold.reducer.ends import End
from streamfold.reducer.messages import Message
from streamfold.reducer.values.json_values import FrozenObject
from support import chat_shapes as shapes
from support.law_checks import MESSAGE_ID

pytestmark = pytest.mark.skipif(clients.reason_to_skip() is not None, reason=str(clients.reason_to_skip()))

STREAMS = sorted((Path(__file__).parents[1] / "streams").glob("*.*"))
SDKS = {"ai5": 5, "ai6": 6, "ai7first": 7, "ai7": 7}
MACHINES: dict[str, Any] = {"chat": chat, "inner": inner_thoughts, "responses": responses}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.install(tmp_path_factory.mktemp("clients"))


def machine_of(path: Path) -> Any:
    return next((machine for name, machine in MACHINES.items() if path.name.startswith(name)), None)


def turns(paths: list[Path]) -> Iterator[tuple[str, list[Message], Result]]:
    """Each stream whole, cut at five places, and cancelled there."""
    for path in paths:
        machine, body = machine_of(path), path.read_bytes()
        if machine is None:
            continue
        for tenths in (10, 9, 7, 5, 3, 1):
            ends: tuple[End, ...] = (Ended(),) if tenths == 10 else (Ended(), Cancelled())
            for end in ends:
                config = machine.Config(message_id=MESSAGE_ID, requires_approval_tools=["get_weather"])
                state, messages = fold_bytes(machine, config, [body[: len(body) * tenths // 10]], end=end)
                yield f"{path.name}, {tenths} tenths, {end}", list(messages), machine.result(state)


def bodies_of(messages: list[Message], result: Result) -> Iterator[tuple[str, bytes, Shown]]:
    """What each client is sent, and what it has to show."""
    for client, version in SDKS.items():
        events = told(vercel, vercel.Config(MESSAGE_ID, version), messages, result)  # type: ignore[arg-type]
        yield client, b"".join(map(vercel.frame, events)) + vercel.LAST, shown_by_vercel(events)
    events = told(agui, agui.Config("thread-1", "run-1"), messages, result)
    yield "agui", b"".join(map(agui.frame, events)) + agui.LAST, shown_by_agui(events)


def on_screen(client: str, answer: dict[str, Any]) -> tuple[Any, ...]:
    """Text, reasoning, inputs of calls that may run, and the calls that wait for approval, as the client has them."""
    if client == "agui":
        said = answer["messages"]
        texts = ["".join(one.get("content") or "" for one in said if one["role"] == role) for role in ROLES]
        asked = [call for one in said if one["role"] == "assistant" for call in one.get("toolCalls", ())]
        answered = {one["toolCallId"] for one in said if one["role"] == "tool"}
        inputs = {call["id"]: call["function"]["arguments"] for call in asked if call["id"] not in answered}
        return *texts, inputs, [one["toolCallId"] for one in answer["interrupts"]]
    parts = (answer["message"] or {"parts": []})["parts"]
    texts = ["".join(one["text"] for one in parts if one["type"] == kind) for kind in ("text", "reasoning")]
    tools = [one for one in parts if one["type"].startswith("tool-") and not one.get("providerExecuted")]
    inputs = {one["toolCallId"]: one["input"] for one in tools if one["state"] not in ("output-error", "input-error")}
    return *texts, inputs, [one["toolCallId"] for one in tools if one["state"] == "approval-requested"]


ROLES = ("assistant", "reasoning")


def check(installed: Path, told_turns: Iterator[tuple[str, list[Message], Result]]) -> None:
    asked = [
        (name, client, body, shown)
        for name, messages, result in told_turns
        for client, body, shown in bodies_of(messages, result)
    ]
    answers = clients.read(installed, ((client, body) for _, client, body, _ in asked))
    assert len(answers) == len(asked) > 0
    for (name, client, _, shown), answer in zip(asked, answers, strict=True):
        assert "error" not in answer, f"{client} refuses {name}: {answer}"
        inputs = {call: said for call, said in shown.inputs.items() if call not in shown.outputs}
        wanted = (shown.text, shown.reasoning, inputs, shown.approvals)
        assert on_screen(client, answer) == wanted, f"{client} shows {name} otherwise"
        if client == "agui":
            assert (answer["failed"] or answer["finished"])["type"] == (shown.end or {})["type"]


def test_the_real_clients_read_every_stream(installed: Path) -> None:
    check(installed, turns(STREAMS))


def test_the_real_clients_read_the_recorded_streams(installed: Path, pytestconfig: pytest.Config) -> None:
    corpus = pytestconfig.getoption("--corpus")
    if not corpus:
        pytest.skip("no recorded corpus: give --corpus DIR")
    check(installed, turns(sorted(chain.from_iterable(Path(corpus).glob(f"*.{end}") for end in ("sse", "jsonl")))))


THINKS = shapes.sse(shapes.delta(reasoning_content="Hm."), shapes.delta(content="Hi"), shapes.finished(), shapes.DONE)
CALLS = (STREAMS[0].parent / "chat_parallel_calls.sse").read_bytes()


@pytest.mark.parametrize("body", [THINKS, CALLS], ids=["thinks", "calls"])
@pytest.mark.parametrize("asked", [True, False], ids=["after a question", "at the beginning"])
def test_aguis_client_joins_a_run_it_has_seen_a_part_of(installed: Path, body: bytes, asked: bool) -> None:
    """Told again from its start, after the messages before it: nothing is there twice, and nothing is left over."""
    state, messages = fold_bytes(chat, chat.Config(message_id=MESSAGE_ID), [body])
    history = (FrozenObject({"id": "user-1", "role": "user", "content": "Hi"}),) if asked else ()
    configs = (agui.Config("thread-1", "run-1", history=known) for known in (None, history))
    fresh, joined = (b"".join(map(agui.frame, told(agui, one, messages, chat.result(state)))) for one in configs)
    (whole,) = clients.read(installed, [("agui", fresh)])
    roles = ("assistant", "reasoning")
    seen = [{**one, "content": "a part"} if one["role"] in roles else one for one in whole["messages"]]
    thought = {"id": "thought-1", "role": "reasoning", "content": "a thought of another run's part"}
    (again,) = clients.read(installed, [("agui", joined)], known=[thought, *seen[:2]])
    # The client's first message is left out of what it shows: the question, which an empty history drops.
    assert again["messages"] == whole["messages"][not asked :]


def test_the_real_clients_take_hostile_values(installed: Path) -> None:
    """Objects that an event's reader refuses, halves of characters, and tags: nothing ends the stream."""
    hostile = ['{"__proto__": {"a": 1}}', '"\\ud83d"', "<script>alert(1)</script>", "\u2028\r\n"]
    outputs = [
        ToolReturn(f"c{number}", json.loads(text) if text[0] in '{"' else text) for number, text in enumerate(hostile)
    ]
    result = Result(outcome="completed", finish_reason="stop")
    events = told(agui, agui.Config("thread-1", "run-1"), outputs, result)
    bodies = [("agui", b"".join(map(agui.frame, events)))]
    for client, version in SDKS.items():
        ready = b'data: {"type":"start","messageId":"m"}\n\ndata: {"type":"start-step"}\n\n'
        for number in range(len(hostile)):
            call = {"type": "tool-input-available", "toolCallId": f"c{number}", "toolName": "run", "input": {}}
            ready += vercel.frame(call)
        events = told(vercel, vercel.Config(MESSAGE_ID, version), outputs, result)  # type: ignore[arg-type]
        bodies.append((client, ready + b"".join(map(vercel.frame, events[2:])) + vercel.LAST))
    for answer in clients.read(installed, bodies):
        assert "error" not in answer, answer
