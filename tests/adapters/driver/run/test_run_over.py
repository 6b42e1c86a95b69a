"""When a run is over: after the last word, a finish word, a silence; what comes or breaks after it is no failure."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.run import drive
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import chat, responses
from support.adapters.upstreams import config_of, objects
from trio.testing import MockClock

pytestmark = pytest.mark.anyio

SAID = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
FINISHED = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
EMPTY = {"choices": [{"index": 0, "delta": {"content": ""}}]}
DONE = "data: [DONE]\n\n"
PING = {"type": "ping"}
RESPONSE = objects("responses_web_search.sse")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def simulated(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run with a clock that jumps ahead whenever everybody waits, so that hours take no time."""
    return anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


class Timed:
    """Gives each thing after so many seconds; then it is silent, or raises, or ends."""

    def __init__(
        self, *given: tuple[float, Any], then: Any = "silence", every: tuple[float, Any] | None = None
    ) -> None:
        self.given, self.then, self.every, self.closed = list(given), then, every, 0

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            for seconds, raw in self.given:
                await anyio.sleep(seconds)
                yield raw
            while self.every is not None:
                await anyio.sleep(self.every[0])
                yield self.every[1]
            if isinstance(self.then, Exception):
                raise self.then
            if self.then == "silence":
                await anyio.sleep_forever()
        finally:
            self.closed += 1


def driven(machine: Any, stream: Timed, **options: Any) -> tuple[float, list[str], Any, Any]:
    """How long a run took, the types of its messages, what it raised, and what it came to."""

    async def main() -> tuple[float, list[str], Any, Any]:
        began, said, raised = anyio.current_time(), [], None
        async with drive(machine, config_of(machine), stream, **options) as run:
            try:
                async for message in run:
                    said.append(message.message_type)
            except Exception as error:
                raised = error
            took = anyio.current_time() - began
        assert stream.closed == 1
        return took, said, raised, run.result

    return simulated(main)  # type: ignore[no-any-return]


@pytest.mark.parametrize("then", ["silence", "end", ConnectionResetError("gone")], ids=["silence", "end", "reset"])
def test_after_the_last_word_every_end_is_a_normal_one(then: Any) -> None:
    for machine, given in ((chat, [SAID, FINISHED, DONE]), (responses, RESPONSE)):
        took, said, raised, result = driven(machine, Timed(*((0, raw) for raw in given), then=then))
        assert took == pytest.approx(0.1 if then == "silence" else 0)
        assert (raised, result.outcome, "stop_reason" in said) == (None, "completed", False)


@pytest.mark.parametrize(
    ("then", "seconds"),
    [("silence", 2), ("end", 0), (ConnectionResetError("gone"), 0)],
    ids=["silence", "end", "reset"],
)
def test_after_a_finish_word_every_end_is_a_normal_one(then: Any, seconds: float) -> None:
    took, said, raised, result = driven(chat, Timed((0, SAID), (0, FINISHED), then=then))
    assert took == pytest.approx(seconds)
    assert (raised, result.outcome, said) == (None, "completed", ["assistant_message"])


@pytest.mark.parametrize(
    ("then", "seconds"),
    [("silence", 2), ("end", 0), (ConnectionResetError("gone"), 0)],
    ids=["silence", "end", "reset"],
)
def test_a_state_that_had_a_finish_word_goes_on_as_after_it(then: Any, seconds: float) -> None:
    state, _ = chat.start(config_of(chat))
    for chunk in (SAID, FINISHED):
        state, _ = chat.step(state, wire.decoder("chat")(chunk))
    took, said, raised, result = driven(chat, Timed(then=then), state=state)
    assert took == pytest.approx(seconds)
    assert (raised, result.outcome, said) == (None, "completed", [])


def test_usage_is_waited_for_and_pings_are_not() -> None:
    took, _, _, result = driven(chat, Timed((0, SAID), (0, FINISHED), (1.9, USAGE), every=(0.5, PING)))
    assert took == pytest.approx(3.9)
    assert result.usage.input_tokens == 1
    took, _, _, result = driven(chat, Timed((0, SAID), (0, FINISHED), (2.1, USAGE)))
    assert took == pytest.approx(2)
    assert result.usage.input_tokens is None
    took, _, _, _ = driven(chat, Timed((0, SAID), (0, FINISHED)), grace=30)
    assert took == pytest.approx(30)


def test_an_error_after_a_finish_word_is_the_wire_s_own() -> None:
    error = {"error": {"message": "overloaded", "code": "overloaded"}}
    took, said, raised, result = driven(chat, Timed((0, SAID), (0, FINISHED), (1, error), then=ConnectionError()))
    assert took == pytest.approx(1)
    assert (raised, result.outcome, said[-1]) == (None, "failed", "stop_reason")


def test_a_break_before_any_word_is_the_upstream_s_own_error() -> None:
    gone = ConnectionResetError("gone")
    _, said, raised, result = driven(chat, Timed((0, SAID), then=gone))
    assert raised is gone
    assert (said, result.outcome) == (["assistant_message", "stop_reason"], "failed")


@pytest.mark.parametrize(
    ("options", "every", "seconds", "words"),
    [
        ({"idle_timeout": 5}, None, 6, "the upstream said nothing for 5 seconds"),
        ({"content_timeout": 5}, None, 6, "the upstream said nothing of the answer for 5 seconds"),
        ({"content_timeout": 5, "idle_timeout": 2}, (1, PING), 6, "said nothing of the answer for 5 seconds"),
        ({"content_timeout": 5, "idle_timeout": 2}, (1, EMPTY), 6, "said nothing of the answer for 5 seconds"),
        ({"content_timeout": 5, "idle_timeout": 2}, (1, "garbage\n\n"), 6, "nothing of the answer for 5 seconds"),
        ({"total_timeout": 5, "content_timeout": 2}, (1, SAID), 5, "the stream was not over after 5 seconds"),
    ],
)
def test_a_silence_that_is_too_long_is_a_stall(
    options: dict[str, float], every: Any, seconds: float, words: str
) -> None:
    took, said, raised, result = driven(chat, Timed((1, SAID), every=every), **options)
    assert took == pytest.approx(seconds)
    assert isinstance(raised, StreamStalled)
    assert words in str(raised)
    assert (said[-1], result.outcome) == ("stop_reason", "failed")


def test_what_the_consumer_takes_its_time_with_is_no_silence() -> None:
    async def main() -> str:
        stream = Timed(*((0, SAID),) * 3, then="end")
        async with drive(chat, config_of(chat), stream, idle_timeout=1, content_timeout=1) as run:
            async for _ in run:
                await anyio.sleep(10)
        return run.result.outcome

    assert simulated(main) == "truncated"


async def test_leaving_after_the_last_word_leaves_a_completed_answer() -> None:
    async def given() -> AsyncIterator[Any]:
        for raw in (SAID, FINISHED, DONE):
            yield raw
        await anyio.sleep_forever()

    for leave in (False, True):
        async with drive(chat, config_of(chat), given()) as run:
            assert await run.__anext__()
            while not run.state.envelope.final:
                await run.ready(0.001)
            if not leave:
                run.cancel()
                assert [message async for message in run] == []
        assert run.result.outcome == "completed"


async def test_of_bytes_none_of_which_can_be_read_the_run_failed() -> None:
    async def given() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"data: {broken\n\n"

    async with drive(chat, config_of(chat), given()) as run:
        assert [message.message_type async for message in run] == ["stop_reason"]
    assert run.result.outcome == "failed"
    assert run.result.error is not None
    assert "could be read" in run.result.error.message


@pytest.mark.parametrize("pieces", ["one", "many"])
async def test_a_fast_upstream_leaves_others_their_turns(pieces: str) -> None:
    frame = b'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}\n\n'
    turns: list[int] = []

    async def given() -> AsyncIterator[bytes]:
        for piece in (frame * 20_000,) if pieces == "one" else (frame * 20 for _ in range(1000)):
            yield piece

    async with anyio.create_task_group() as group:

        async def turning() -> None:
            while True:
                await anyio.lowlevel.checkpoint()
                turns.append(run.result.chunks if len(turns) < 2 else 0)

        async with drive(chat, config_of(chat), given()) as run:
            group.start_soon(turning)
            count = 0
            async for _ in run:
                count += 1
        group.cancel_scope.cancel()
    assert count == 20_000
    assert len(turns) > 5
