"""Letta's JSON and event stream, read back by the real client; here it validates what it otherwise only guesses at."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from letta_client import APIResponseValidationError, AsyncLetta, Letta
from letta_client.types import StopReasonType
from letta_client.types.agents import SystemMessage
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.reducer import Cancelled, Failed, chat, fold
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.diagnostics import Diagnostic
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
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.json_values import FrozenObject, freeze

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDS = ("message-1", "otid-1", "run-1", "step-1")
HEAD = {"id": "message-1", "otid": "otid-1", "run_id": "run-1", "step_id": "step-1"}
MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"

REASONING = ReasoningMessage(*IDS, "Let me think", signature="sig")
HIDDEN = HiddenReasoningMessage(*IDS)
TEXT = AssistantMessage(*IDS, "Grüße \u2028 😀", phase="final_answer")
CALL = ToolCallMessage(*IDS, ToolCallDelta("send", None, "call_1"))
APPROVAL = ApprovalRequestMessage(*IDS, ToolCallDelta("rm", '{"a":1}', "call_2"))
REFUSAL = RefusalMessage(*IDS, "No.")
SERVER_TOOL = ServerToolMessage(*IDS, "web_search_call", "ws_1", "searching")
ANNOTATION = AnnotationMessage(*IDS, freeze({"url": "https://example.org", "at": [1, 2]}))

KNOWN: tuple[Message, ...] = (REASONING, HIDDEN, TEXT, CALL, APPROVAL)
OWN: tuple[Message, ...] = (REFUSAL, SERVER_TOOL, ANNOTATION)


def noon() -> datetime:
    return NOON


def stop(reason: Any) -> StopReason:
    return StopReason(*IDS, reason, "what went wrong")


# One message


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        (
            REASONING,
            {
                "message_type": "reasoning_message",
                "source": "reasoner_model",
                "reasoning": "Let me think",
                "signature": "sig",
            },
        ),
        (HIDDEN, {"message_type": "hidden_reasoning_message", "state": "omitted"}),
        (TEXT, {"message_type": "assistant_message", "content": "Grüße \u2028 😀"}),
        (
            CALL,
            {
                "message_type": "tool_call_message",
                "tool_call": {"name": "send", "tool_call_id": "call_1"},
                "tool_calls": {"name": "send", "tool_call_id": "call_1"},
            },
        ),
        (
            APPROVAL,
            {
                "message_type": "approval_request_message",
                "tool_call": {"name": "rm", "arguments": '{"a":1}', "tool_call_id": "call_2"},
            },
        ),
        (REFUSAL, {"message_type": "refusal_message", "refusal": "No."}),
        (
            SERVER_TOOL,
            {
                "message_type": "server_tool_message",
                "tool": "web_search_call",
                "item_id": "ws_1",
                "status": "searching",
            },
        ),
        (
            ANNOTATION,
            {"message_type": "annotation_message", "annotation": {"url": "https://example.org", "at": (1, 2)}},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_a_message_is_its_ids_and_its_payload(message: Message, payload: dict[str, Any]) -> None:
    assert letta.to_json(message) == HEAD | payload
    assert letta.to_json(message, NOON) == HEAD | payload | {"date": "2026-11-22T12:00:00+00:00"}


def test_a_stop_reason_is_nothing_but_its_reason() -> None:
    assert letta.to_json(stop("llm_api_error"), NOON) == {"message_type": "stop_reason", "stop_reason": "llm_api_error"}


def test_what_is_none_is_left_out_and_what_is_empty_is_not() -> None:
    message = ReasoningMessage("message-1", "otid-1", None, None, "", "non_reasoner_model")
    assert letta.to_json(message) == {
        "message_type": "reasoning_message",
        "id": "message-1",
        "otid": "otid-1",
        "source": "non_reasoner_model",
        "reasoning": "",
    }


def test_a_server_tools_delta_and_item_go_along() -> None:
    message = ServerToolMessage(
        *IDS, "shell_call", delta=FrozenObject(stdout="x"), item=FrozenObject(type="shell_call")
    )
    said = letta.to_json(message)
    assert said == HEAD | {
        "message_type": "server_tool_message",
        "tool": "shell_call",
        "delta": {"stdout": "x"},
        "item": {"type": "shell_call"},
    }


def test_changing_one_of_the_two_tool_calls_does_not_change_the_other() -> None:
    said = letta.to_json(CALL)
    said["tool_call"]["name"] = "changed"
    assert said["tool_calls"]["name"] == "send"


# A result


def test_a_result_is_one_line_with_every_field_in_order() -> None:
    result = Result(
        content=(
            OmittedReasoningPart(),
            ReasoningPart("because", signature="sig"),
            SummarizedReasoningPart("rs_1", (SummaryPart(0, "a"), SummaryPart(1, "b")), None),
            TextPart("Hi", annotations=(FrozenObject(url="u"),), phase="commentary"),
            RefusalPart("No."),
            ServerToolPart(FrozenObject(type="web_search_call")),
        ),
        tool_calls=(ToolCall("call_1", "send", "{}", True, closed=True, aliases=("other",)),),
        usage=Usage(1, 2, None, 9, 0, 3, "reported"),
        model="m",
        provider_id="p",
        finish_reason="stop",
        outcome="completed",
        chunks=7,
        diagnostics=(Diagnostic("ignored", "an event", 2),),
    )
    assert json.loads(dumps(letta.result_to_json(result))) == {
        "message_type": "result",
        "outcome": "completed",
        "error": None,
        "content": [
            {"type": "omitted_reasoning"},
            {"type": "reasoning", "is_native": True, "reasoning": "because"},
            {
                "type": "summarized_reasoning",
                "id": "rs_1",
                "summary": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}],
                "encrypted_content": None,
            },
            {"type": "text", "text": "Hi"},
            {"type": "refusal", "refusal": "No."},
            {"type": "server_tool", "item": {"type": "web_search_call"}},
        ],
        "tool_calls": [{"id": "call_1", "name": "send", "arguments": "{}", "complete": True}],
        "usage": {
            "input_tokens": 1,
            "output_tokens": 2,
            "cached_tokens": None,
            "reasoning_tokens": 0,
            "total_tokens": 3,
        },
        "model": "m",
        "provider_id": "p",
        "finish_reason": "stop",
        "chunks": 7,
        "diagnostics": [{"kind": "ignored", "detail": "an event", "count": 2}],
    }
    assert list(letta.result_to_json(result)) == [
        "message_type",
        "outcome",
        "error",
        "content",
        "tool_calls",
        "usage",
        "model",
        "provider_id",
        "finish_reason",
        "chunks",
        "diagnostics",
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StreamError("boom"), {"message": "boom"}),
        (StreamError("boom", "429", FrozenObject(message="boom", code=429)), {"message": "boom", "code": 429}),
        (StreamError("boom", raw="boom"), {"message": "boom"}),
    ],
    ids=["the driver's", "the provider's object", "the provider's text"],
)
def test_an_error_is_the_providers_own_object_or_a_message(error: StreamError, said: dict[str, Any]) -> None:
    assert letta.result_to_json(Result(error=error))["error"] == said


# JSON text


def test_json_is_compact_and_keeps_what_is_not_ascii() -> None:
    assert dumps({"a": [1, "é😀"], "b": None}) == '{"a":[1,"é😀"],"b":null}'


def test_half_of_a_surrogate_pair_is_escaped_and_reads_back_as_it_was() -> None:
    text = dumps({"é": "a\ud83d", "\udc00": "\udfffz"})
    assert text == '{"é":"a\\ud83d","\\udc00":"\\udfffz"}'
    assert json.loads(text.encode()) == {"é": "a\ud83d", "\udc00": "\udfffz"}


def test_two_halves_read_back_as_the_character_that_they_are() -> None:
    assert json.loads(dumps("\ud83d\ude00")) == "😀"


@given(st.text(st.characters(exclude_categories=())))  # surrogates included
def test_any_text_is_one_line_that_can_be_encoded(text: str) -> None:
    line = dumps(text)
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode()) == paired(text)


def test_a_number_that_json_lacks_is_null() -> None:
    value = {"a": [float("nan"), 1.5, {"b": float("-inf")}], "c": True, "d": 10**5000}
    assert dumps(value) == '{"a":[null,1.5,{"b":null}],"c":true,"d":null}'
    assert dumps(float("inf")) == "null"


def test_what_is_no_json_is_said_by_its_repr() -> None:
    assert dumps({"a": {1}, (1, 2): object}) == '{"a":"{1}","(1, 2)":"<class \'object\'>"}'


def test_what_is_nested_too_deeply_takes_nothing_else_with_it() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert json.loads(dumps({"id": "m", "item": deep})) == {"id": "m", "item": "<list nested too deeply>"}
    endless: dict[str, Any] = {}
    endless["self"] = endless
    assert json.loads(dumps({"id": "m", "item": endless})) == {"id": "m", "item": "<dict nested too deeply>"}


# Frames


def said_by(frames: Iterable[bytes]) -> list[Any]:
    """What the frames hold: JSON, or the text of `[DONE]`."""
    held = []
    for one in frames:
        assert one.startswith(b"data: ")
        assert one.endswith(b"\n\n")
        assert one.count(b"\n") == 2
        data = one.removeprefix(b"data: ").strip()
        held.append(data.decode() if data == b"[DONE]" else json.loads(data))
    return held


async def later(messages: Iterable[Message]) -> AsyncIterator[Message]:
    for message in messages:
        await asyncio.sleep(0)
        yield message


def frames_of(messages: Iterable[Message], *args: Any, **options: Any) -> list[bytes]:
    return list(letta.sse(messages, noon, *args, **options))


def async_frames_of(messages: Iterable[Message], *args: Any, **options: Any) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [one async for one in letta.async_sse(later(messages), noon, *args, **options)]

    return asyncio.run(collect())


BOTH = pytest.mark.parametrize("body_of", [frames_of, async_frames_of], ids=["sse", "async_sse"])
BodyOf = Callable[..., list[bytes]]


@BOTH
def test_a_body_is_the_messages_a_stop_reason_and_done(body_of: BodyOf) -> None:
    assert said_by(body_of(KNOWN)) == [
        *(json.loads(dumps(letta.to_json(message, NOON))) for message in KNOWN),
        {"message_type": "stop_reason", "stop_reason": "end_turn"},
        "[DONE]",
    ]


@BOTH
def test_a_body_without_messages_still_ends(body_of: BodyOf) -> None:
    assert said_by(body_of((), "max_steps")) == [{"message_type": "stop_reason", "stop_reason": "max_steps"}, "[DONE]"]


@BOTH
def test_the_messages_own_stop_reason_wins_and_stands_once_at_the_end(body_of: BodyOf) -> None:
    said = said_by(body_of([stop("error"), TEXT, stop("cancelled")], "max_steps"))
    assert [one if isinstance(one, str) else one["message_type"] for one in said] == [
        "assistant_message",
        "stop_reason",
        "[DONE]",
    ]
    assert said[1] == {"message_type": "stop_reason", "stop_reason": "cancelled"}


@BOTH
def test_the_stop_reason_may_be_asked_for_at_the_end(body_of: BodyOf) -> None:
    seen: list[Message] = []

    def messages() -> Iterator[Message]:
        for message in KNOWN:
            seen.append(message)
            yield message

    said = said_by(body_of(messages(), lambda: "requires_approval" if APPROVAL in seen else "end_turn"))
    assert said[-2]["stop_reason"] == "requires_approval"


@BOTH
def test_our_own_types_are_sent_only_on_request(body_of: BodyOf) -> None:
    assert said_by(body_of((*OWN, TEXT))) == said_by(body_of((TEXT,)))
    said = said_by(body_of((*OWN, TEXT), own_types=True))
    assert [one["message_type"] for one in said[:3]] == [message.message_type for message in OWN]
    assert len(said) == 6


def test_every_message_is_stamped_when_it_is_said() -> None:
    ticks = (NOON + timedelta(seconds=second) for second in range(9))
    said = said_by(letta.sse([TEXT, TEXT, stop("cancelled")], lambda: next(ticks)))
    assert [one["date"] for one in said[:2]] == ["2026-11-22T12:00:00+00:00", "2026-11-22T12:00:01+00:00"]
    assert "date" not in said[2]


def test_frames_are_made_as_the_messages_come() -> None:
    pulled = []

    def messages() -> Iterator[Message]:
        for number in range(3):
            pulled.append(number)
            yield TEXT

    body = letta.sse(messages(), noon)
    assert pulled == []
    next(body)
    assert pulled == [0]


@pytest.mark.parametrize("make", [letta.sse, letta.async_sse])
def test_a_stop_reason_that_the_client_does_not_know_is_refused_at_once(make: Any) -> None:
    with pytest.raises(ValueError, match=r"stop_reason must be one of end_turn, .*; not 'length'"):
        make((), noon, "length")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sse", "async_sse"])
@pytest.mark.parametrize(
    ("said", "reason"), [((), "error"), ((stop("llm_api_error"),), "llm_api_error")], ids=["silently", "with a reason"]
)
def test_a_body_whose_messages_break_off_ends_before_it_raises(
    said: tuple[Message, ...], reason: str, asynchronous: bool
) -> None:
    def messages() -> Iterator[Message]:
        yield TEXT
        yield from said
        raise ConnectionError("gone")

    frames = drained(messages(), noon, asynchronous=asynchronous, raising=ConnectionError)
    assert said_by(frames)[1:] == [{"message_type": "stop_reason", "stop_reason": reason}, "[DONE]"]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sse", "async_sse"])
def test_a_clock_or_a_reason_that_fails_ends_the_body_too(asynchronous: bool) -> None:
    end = [{"message_type": "stop_reason", "stop_reason": "error"}, "[DONE]"]

    def stopped() -> datetime:
        raise OSError("no clock")

    frames = drained([TEXT], stopped, asynchronous=asynchronous, raising=OSError)
    assert said_by(frames) == end
    frames = drained([TEXT], noon, lambda: "length", asynchronous=asynchronous, raising=ValueError)
    assert said_by(frames)[1:] == end


def drained(messages: Iterable[Message], *args: Any, asynchronous: bool, raising: type[Exception]) -> list[bytes]:
    """The frames of a body that raises in the end."""
    frames: list[bytes] = []

    async def drain() -> None:
        body: Any = letta.async_sse(later(messages), *args) if asynchronous else letta.sse(messages, *args)
        while True:
            frames.append(await anext(body) if asynchronous else next(body))

    with pytest.raises(raising):
        asyncio.run(drain())
    return frames


def test_a_consumer_that_leaves_gets_no_more_frames() -> None:
    body = letta.sse(KNOWN, noon)
    next(body)
    body.close()  # a generator that yields on close raises here
    assert list(body) == []


def test_a_cancelled_task_gets_no_more_frames_and_stays_cancelled() -> None:
    async def silent() -> AsyncGenerator[Message, None]:
        yield TEXT
        await asyncio.Event().wait()

    async def cancel() -> None:
        async with aclosing(silent()) as messages, aclosing(letta.async_sse(messages, noon)) as body:
            await anext(body)
            task = asyncio.ensure_future(anext(body))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(StopAsyncIteration):
                await anext(body)

    asyncio.run(cancel())


# The real client


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


def paired(text: str) -> str:
    """`text` as a JSON reader has it: two halves of a surrogate pair that stand together are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


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
