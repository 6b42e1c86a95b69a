"""Letta's event streams, read back by the real client; here it validates what it otherwise only believes."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import httpx
import pytest

pytest.importorskip("letta_client", reason="Letta's client is not installed: the extra `test` has it")

from hypothesis import given
from hypothesis import strategies as st
from letta_client import APIResponseValidationError, AsyncLetta, Letta
from letta_client.types import StopReasonType
from letta_client.types.agents import SystemMessage
from streamfold.adapters.protocols import letta
from streamfold.reducer import Cancelled, Failed, chat, fold
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallDelta,
    ToolCallMessage,
)
from support.adapters.letta_messages import (
    KNOWN,
    NOON,
    OWN,
    TEXT,
    later,
    noon,
)
from support.json_texts import paired

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"


def whole(body: Iterable[bytes]) -> Iterator[bytes]:
    yield b"".join(body)


def bytewise(body: Iterable[bytes]) -> Iterator[bytes]:
    for byte in b"".join(body):
        yield bytes([byte])


CUTS = pytest.mark.parametrize("cut", [iter, whole, bytewise], ids=["frames", "whole", "bytewise"])


def read_by_client(body: Iterable[bytes], strict: bool = True) -> list[Any]:
    """What the client makes of a body; `strict`: it validates what it reads, which it does not do on its own."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with Letta(
        base_url="http://server", api_key="key", http_client=http, max_retries=0, _strict_response_validation=strict
    ) as client:
        question: Any = [{"role": "user", "content": "Hi"}]
        with client.agents.messages.create("agent-1", messages=question, streaming=True) as stream:
            return list(stream)


def shown(typed: Any) -> dict[str, Any]:
    """The fields that the client was sent, as JSON."""
    fields: dict[str, Any] = typed.to_dict(mode="json", exclude_unset=True)
    return fields


@CUTS
def test_the_client_reads_every_known_message_as_its_own_type(cut: Any) -> None:
    typed = read_by_client(cut(letta.sse(KNOWN, noon)))
    assert [type(one).__name__ for one in typed] == [
        "ReasoningMessage",
        "HiddenReasoningMessage",
        "AssistantMessage",
        "ToolCallMessage",
        "ApprovalRequestMessage",
        "LettaStopReason",
    ]
    for message, one in zip(KNOWN, typed, strict=False):
        assert shown(one) == letta.to_json(message) | {"date": "2026-11-22T12:00:00Z"}
        assert one.date == NOON
    assert typed[-1].stop_reason == "end_turn"


def test_the_client_reads_the_asynchronous_body() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        body = letta.async_sse(later(KNOWN), noon, "max_steps")
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    async def read() -> list[Any]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with AsyncLetta(
            base_url="http://server", api_key="key", http_client=http, max_retries=0, _strict_response_validation=True
        ) as client:
            question: Any = [{"role": "user", "content": "Hi"}]
            async with await client.agents.messages.create("agent-1", messages=question, streaming=True) as stream:
                return [one async for one in stream]

    assert [shown(one) for one in asyncio.run(read())] == [
        shown(one) for one in read_by_client(letta.sse(KNOWN, noon, "max_steps"))
    ]


def call_delta(index: int, call_id: str | None, name: str | None, arguments: str) -> CallDelta:
    return CallDelta(index=index, id=call_id, function=FunctionDelta(name=name, arguments=arguments))


def chunk(**delta: Any) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(**delta)),))


CHUNKS = (
    chunk(reasoning_content="Let me "),
    chunk(reasoning_content="think"),
    chunk(content="Grüße,\n"),
    chunk(content="\u2028 😀"),
    chunk(tool_calls=(call_delta(0, "call_1", "send", '{"to":'),)),
    chunk(tool_calls=(call_delta(0, None, None, '"a"}'),)),
    chunk(tool_calls=(call_delta(1, "call_2", "rm", '{"path":'),)),
    chunk(tool_calls=(call_delta(1, None, None, '"/"}'),)),
)


@CUTS
@pytest.mark.parametrize(
    ("end", "reason"), [(None, "end_turn"), (Cancelled(), "cancelled"), (Failed("gone"), "error")], ids=str
)
def test_the_client_reads_a_whole_fold(cut: Any, end: Any, reason: str) -> None:
    config = chat.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", requires_approval_tools={"rm"})
    state, messages = fold(chat, config, CHUNKS, end)
    *typed, last = read_by_client(cut(letta.sse(messages, noon)))

    assert last.stop_reason == reason
    said = [message for message in messages if not isinstance(message, StopReason)]
    assert [(one.message_type, one.id, one.otid, one.run_id, one.step_id) for one in typed] == [
        (one.message_type, one.id, one.otid, one.run_id, one.step_id) for one in said
    ]
    result = chat.result(state)
    assert "".join(one.reasoning for one in typed if one.message_type == "reasoning_message") == result.reasoning
    assert "".join(one.content for one in typed if one.message_type == "assistant_message") == result.text
    calls = [one for one in typed if one.message_type in ("tool_call_message", "approval_request_message")]
    for call in result.tool_calls:
        pieces = [one.tool_call for one in calls if one.tool_call.tool_call_id == call.id]
        assert "".join(piece.name or "" for piece in pieces) == call.name
        assert "".join(piece.arguments or "" for piece in pieces) == call.arguments
    assert {one.id for one in calls if one.tool_call.tool_call_id == "call_2"} == {MESSAGE_ID[:-1] + "4"}


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
DELTAS = st.builds(ToolCallDelta, st.none() | ANY_TEXT, st.none() | ANY_TEXT, ANY_TEXT)
ANY_IDS = (ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT, st.none() | ANY_TEXT)
ANY_MESSAGE: st.SearchStrategy[Message] = st.one_of(
    st.builds(ReasoningMessage, *ANY_IDS, ANY_TEXT),
    st.builds(HiddenReasoningMessage, *ANY_IDS),
    st.builds(AssistantMessage, *ANY_IDS, ANY_TEXT),
    st.builds(RefusalMessage, *ANY_IDS, ANY_TEXT),
    st.builds(ToolCallMessage, *ANY_IDS, DELTAS),
    st.builds(ApprovalRequestMessage, *ANY_IDS, DELTAS),
    st.builds(ServerToolMessage, *ANY_IDS, ANY_TEXT),
    st.builds(AnnotationMessage, *ANY_IDS, ANY_TEXT),
)


@given(st.lists(ANY_MESSAGE, max_size=5))
def test_no_message_whatever_its_text_breaks_the_client(messages: list[Message]) -> None:
    sent = [
        message
        for message in messages
        if not isinstance(message, (RefusalMessage, ServerToolMessage, AnnotationMessage))
    ]
    *typed, last = read_by_client(letta.sse(messages, noon))
    assert last.stop_reason == "end_turn"
    assert [one.message_type for one in typed] == [message.message_type for message in sent]
    for message, one in zip(sent, typed, strict=True):
        assert one.otid == paired(message.otid)
        if isinstance(message, AssistantMessage):
            assert one.content == paired(message.content)


@pytest.mark.parametrize("message", OWN, ids=lambda message: message.message_type)
def test_the_client_knows_none_of_our_own_types(message: Message) -> None:
    # Why they are left out unless asked for. A client that comes to know one of them makes this test fail.
    (lost, _) = read_by_client(letta.sse([message], noon, own_types=True), strict=False)
    assert isinstance(lost, SystemMessage)
    assert lost.content is None
    with pytest.raises(APIResponseValidationError):
        read_by_client(letta.sse([message], noon, own_types=True))


def test_our_stop_reasons_are_the_clients() -> None:
    assert get_args(letta.StopReasonName) == get_args(StopReasonType)


@CUTS
def test_pings_between_any_two_frames_are_pings_to_the_client(cut: Any) -> None:
    beat = letta.ping(NOON, "run-1", "ping-1")
    frames = [piece for one in letta.sse(KNOWN, noon) for piece in (beat, one)]
    typed = read_by_client(cut(frames))
    assert [type(one).__name__ for one in typed[::2]] == ["LettaPing"] * 7
    assert shown(typed[0]) == {
        "message_type": "ping",
        "id": "ping-1",
        "date": "2026-11-22T12:00:00Z",
        "run_id": "run-1",
    }
    assert [one.message_type for one in typed[1::2]] == [*(message.message_type for message in KNOWN), "stop_reason"]


def test_a_ping_without_a_run_is_still_a_ping() -> None:
    (typed,) = read_by_client([letta.ping(NOON)])
    assert shown(typed) == {"message_type": "ping", "id": "ping", "date": "2026-11-22T12:00:00Z"}


def test_a_server_may_frame_what_a_fold_does_not_say() -> None:
    usage = {"message_type": "usage_statistics", "prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7}
    (typed,) = read_by_client([letta.frame(usage)])
    assert typed.total_tokens == 7


def test_the_client_stops_reading_at_done() -> None:
    # Why a body that breaks off is brought to its end before its exception is raised.
    def messages() -> Iterator[Message]:
        yield TEXT
        raise ConnectionError("gone")

    typed = read_by_client(letta.sse(messages(), noon))
    assert [one.message_type for one in typed] == ["assistant_message", "stop_reason"]
    assert typed[-1].stop_reason == "error"
