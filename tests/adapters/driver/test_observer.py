"""Observers: what they are told, and that none of them can harm a run."""

import logging
from typing import Any

import pytest
from streamfold.adapters.driver.observer import Observer, Observers
from streamfold.adapters.driver.run import drive
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.reducer import Ended, Failed, chat
from support.adapters.upstreams import Upstream, config_of, objects
from support.law_checks import channels

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


LOGGED = "an observer raised in {!r}, and is not logged again in this run: {!r}"


class Recording(Observer):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def received(self, raw: object) -> None:
        self.seen.append(("received", raw))

    def first(self, message: Any) -> None:
        self.seen.append(("first", message))

    def stepped(self, before: Any, chunk: Any, after: Any, messages: Any) -> None:
        assert chat.step(before, chunk) == (after, messages)
        self.seen.append(("stepped", messages))

    def ended(self, end: Any, result: Any, error: Any) -> None:
        self.seen.append(("ended", end, result.outcome, error))


async def test_observers_see_everything_once_and_cannot_harm(caplog: pytest.LogCaptureFixture) -> None:
    class Raising(Observer):
        def stepped(self, before: Any, chunk: Any, after: Any, messages: Any) -> None:
            raise RuntimeError("observer trouble")

    recording, raws = Recording(), objects("chat_parallel_calls.sse")
    with caplog.at_level(logging.ERROR, "streamfold"):
        async with drive(chat, config_of(chat), Upstream(raws), observers=[Raising(), recording]) as run:
            messages = [message async for message in run]
    assert "observer trouble" in caplog.text
    assert [told[1] for told in recording.seen if told[0] == "received"] == raws
    assert [message for told in recording.seen if told[0] == "stepped" for message in told[1]] == messages
    assert [told for told in recording.seen if told[0] == "first"] == [("first", messages[0])]
    assert recording.seen[-1] == ("ended", Ended(), "completed", None)
    assert channels(messages)["text"] == run.result.text


async def test_an_observer_that_raises_is_logged_by_what_it_was_told(caplog: pytest.LogCaptureFixture) -> None:
    class Raising(Observer):
        def first(self, message: Any) -> None:
            raise RuntimeError("trouble")

    async with drive(chat, config_of(chat), Upstream(objects("chat_error.sse")[:3]), observers=[Raising()]) as run:
        assert [message async for message in run]
    assert caplog.record_tuples == [("streamfold", logging.ERROR, LOGGED.format("first", RuntimeError("trouble")))]


class Steering(Observer):
    """Raises each time, by what came from upstream; all of its kind are equal, and none has a hash."""

    def __init__(self) -> None:
        self.heard = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Steering)

    __hash__ = None  # type: ignore[assignment]

    def received(self, raw: object) -> None:
        self.heard += 1
        raise ValueError("\x1b[2J")

    def ended(self, end: Any, result: Any, error: Any) -> None:
        raise RuntimeError("at the end too")


async def test_each_observer_that_raises_is_logged_once_a_run(caplog: pytest.LogCaptureFixture) -> None:
    raws, observers = objects("chat_error.sse")[:3], [Steering(), Steering()]
    async with drive(chat, config_of(chat), Upstream(raws), observers=observers) as run:
        assert [message async for message in run]
    with drive_sync(chat, config_of(chat), raws, observers=observers) as alone:
        assert list(alone)
    assert [one.heard for one in observers] == [6, 6]
    told = LOGGED.format("received", ValueError("\x1b[2J"))
    assert [record.getMessage() for record in caplog.records] == [told] * 4
    assert "\x1b" not in told


async def test_an_observer_may_have_only_some_of_the_methods(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = []

    class Ends:
        def ended(self, end: Any, result: Any, error: Any) -> None:
            outcomes.append(result.outcome)

    async with drive(chat, config_of(chat), Upstream(objects("chat_error.sse")[:3]), observers=[Ends()]) as run:
        assert [message async for message in run]
    assert (outcomes, caplog.records) == (["truncated"], [])


def test_observers_are_told_in_their_order_whatever_one_of_them_does(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Any] = []

    class Noting(Observer):
        def __init__(self, name: str, trouble: Exception | None = None) -> None:
            self.name, self.trouble = name, trouble

        def received(self, raw: object) -> None:
            told.append((self.name, raw))
            if self.trouble is not None:
                raise self.trouble

    observers = Observers([Noting("one"), Noting("two", OSError("full")), Noting("three")])
    observers.tell("received", "raw")
    assert told == [("one", "raw"), ("two", "raw"), ("three", "raw")]
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [("full",)]  # type: ignore[union-attr]


async def test_the_end_comes_with_the_exception_that_the_consumer_gets() -> None:
    boom, recording = ConnectionError("boom"), Recording()
    async with drive(chat, config_of(chat), Upstream([], boom), observers=[recording]) as run:
        with pytest.raises(ConnectionError):
            assert [message async for message in run] == []
    assert recording.seen[-1] == ("ended", Failed(boom), "failed", boom)


def test_what_no_observer_overrides_is_told_to_nobody() -> None:
    silent = Observers([Observer()])
    events = ("received", "first", "stepped", "ended")
    assert not any(map(silent.hear, events))
    silent.tell("received", {})
    assert all(map(Observers([Observer(), Recording()]).hear, events))
    assert [event for event in events if Observers([Steering()]).hear(event)] == ["received", "ended"]
