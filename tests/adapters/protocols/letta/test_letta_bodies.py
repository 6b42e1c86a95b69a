"""The bodies of event streams: which frames, how they end, and what breaks them off."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import pytest
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.reducer import chat, fold, otid
from streamfold.reducer.messages import (
    Message,
)
from support.adapters.letta_messages import (
    APPROVAL,
    KNOWN,
    NOON,
    OWN,
    TEXT,
    later,
    noon,
    stop,
)
from support.law_checks import MESSAGE_ID


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


def test_a_fold_that_skips_the_unknown_types_numbers_what_is_sent() -> None:
    config = chat.Config(message_id=MESSAGE_ID, skip_messages=letta.UNKNOWN_TYPES)
    deltas = [chat.Delta(content="a"), chat.Delta(refusal="no"), chat.Delta(content="b"), chat.Delta(reasoning="c")]
    _, messages = fold(chat, config, [chat.Chunk(choices=(chat.Choice(delta=delta),)) for delta in deltas])
    assert [message.otid for message in messages] == [otid(MESSAGE_ID, index) for index in (0, 0, 1)]
    assert {message.message_type for message in OWN} == letta.UNKNOWN_TYPES


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
def test_a_stop_reason_unknown_to_the_client_is_refused_at_once(make: Any) -> None:
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
