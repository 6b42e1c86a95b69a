"""The synchronous driver: the same ends, for a plain iterator."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts, responses
from support.adapters.upstreams import has_ended
from support.law_checks import MESSAGE_ID
from support.live_streams import CHAT, wires
from support.loopback import Loopback, stalled

STREAMS = Path(__file__).parents[2] / "streams"
CASES = [
    ("chat_parallel_calls.sse", chat),
    ("inner_thoughts.jsonl", inner_thoughts),
    ("responses_web_search.sse", responses),
]
cases = pytest.mark.parametrize(("name", "machine"), CASES, ids=[name for name, _ in CASES])


def objects(name: str) -> list[Any]:
    frames = wire.frames([(STREAMS / name).read_bytes()])
    return [json.loads(frame.data) for frame in frames if frame.data != b"[DONE]"]


def config_of(machine: Any) -> Any:
    return machine.Config(message_id=MESSAGE_ID)


def folded(machine: Any, raws: list[Any], end: Any) -> tuple[list[Any], Any]:
    decode = wire.decoder("responses" if machine is responses else "chat")
    state, messages = fold(machine, config_of(machine), map(decode, raws), end)
    return list(messages), machine.result(state)


class Upstream:
    def __init__(self, raws: list[Any], error: Exception | None = None) -> None:
        self.raws, self.error, self.closed = iter(raws), error, 0

    def __iter__(self) -> Iterator[Any]:
        yield from self.raws
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed += 1


def test_a_limit_ends_the_run_and_closes_the_upstream() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"))
    with drive_sync(chat, chat.Config(message_id=MESSAGE_ID, limits={"lanes": 1}), upstream) as run:
        assert list(run)[-1].message_type == "stop_reason"
        assert upstream.closed == 1
    assert run.result.outcome == "failed"


@pytest.mark.deep
@cases
def test_an_upstream_that_ends_at_any_chunk(name: str, machine: Any) -> None:
    for cut in range(len(objects(name)) + 1):
        upstream = Upstream(objects(name)[:cut])
        with drive_sync(machine, config_of(machine), upstream) as run:
            messages = list(run)
        assert (messages, run.result, upstream.closed) == (*folded(machine, objects(name)[:cut], Ended()), 1)


@pytest.mark.deep
@cases
def test_an_upstream_that_raises_at_any_chunk(name: str, machine: Any) -> None:
    for cut in range(len(objects(name)) + 1):
        boom, raised, said = ConnectionError("boom"), None, []
        upstream = Upstream(objects(name)[:cut], boom)
        with drive_sync(machine, config_of(machine), upstream) as run:
            try:
                for message in run:
                    said.append(message)
            except ConnectionError as error:
                raised = error
            assert list(run) == []
        over = has_ended(machine, objects(name)[:cut])
        assert raised is (None if over else boom)
        end = Ended() if over else Failed(boom)
        assert (said, run.result, upstream.closed) == (*folded(machine, objects(name)[:cut], end), 1)


@cases
def test_a_cancel_between_any_two_messages(name: str, machine: Any) -> None:
    count = len(folded(machine, objects(name), Ended())[0])
    for stop in range(0, count, 3):
        upstream, said = Upstream(objects(name)), []
        with drive_sync(machine, config_of(machine), upstream) as run:
            for message in run:
                said.append(message)
                if len(said) == stop + 1:
                    run.cancel()
                    run.cancel()
            state = run.state
        assert said[-1].message_type == "stop_reason"
        assert (run.result, upstream.closed) == (folded(machine, objects(name)[: run.result.chunks], Cancelled())[1], 1)
        assert machine.finish(state, Ended()) == (state, ())


def test_a_cancel_after_the_end_changes_nothing() -> None:
    with drive_sync(chat, config_of(chat), Upstream(objects("chat_parallel_calls.sse"))) as run:
        messages = list(run)
        run.cancel()
        assert list(run) == []
    assert messages[-1].message_type == "tool_call_closed"
    assert run.result.outcome == "completed"


def test_another_thread_cuts_a_silent_read_short() -> None:
    class Silent:
        def __init__(self) -> None:
            self.closed = threading.Event()

        def __iter__(self) -> Iterator[Any]:
            yield objects("chat_parallel_calls.sse")[1]
            assert self.closed.wait(5)
            raise OSError("the socket was closed")

        def close(self) -> None:
            self.closed.set()

    upstream = Silent()
    with drive_sync(chat, config_of(chat), upstream) as run:
        threading.Timer(0.02, run.cancel).start()
        began = time.monotonic()
        messages = list(run)
    assert time.monotonic() - began < 2
    assert [message.message_type for message in messages] == ["reasoning_message", "stop_reason"]
    assert run.result.outcome == "cancelled"


def test_a_cancel_while_the_upstream_just_ends_is_a_cancel() -> None:
    def ending() -> Iterator[Any]:
        run.cancel()
        yield from ()

    with drive_sync(chat, config_of(chat), ending()) as run:
        assert [message.message_type for message in run] == ["stop_reason"]


def test_a_consumer_that_leaves_or_raises_leaves_a_cancelled_run() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"))
    with pytest.raises(ZeroDivisionError), drive_sync(chat, config_of(chat), upstream) as run:
        for _ in run:
            _ = 1 / 0
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)


def test_a_stream_that_raises_while_it_is_closed_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(Upstream):
        def close(self) -> None:
            raise OSError("close failed")

    with caplog.at_level(logging.WARNING, "streamfold"):
        with drive_sync(chat, config_of(chat), Stubborn(objects("chat_parallel_calls.sse"))) as run:
            next(run)
    assert "close failed" in caplog.text


def reading(client: openai.OpenAI, name: str) -> Any:
    if name == "chat":
        return client.chat.completions.create(model="m", messages=[], stream=True)
    return client.responses.create(model="m", input="hi", stream=True)


@wires
def test_a_silent_read_of_the_openai_client_is_cut_short(machine: Any, name: str, body: bytes) -> None:
    at = body.index(b"\n\n", len(body) // 2) + 2
    with Loopback(stalled(body, at)) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            with drive_sync(machine, machine.Config(message_id=MESSAGE_ID), reading(client, name)) as run:
                said = [next(run)]  # the client is slow to begin
                threading.Timer(0.2, run.cancel).start()
                said.extend(run)
    assert said[-1].message_type == "stop_reason"
    assert (run.result.outcome, run.result.error) == ("cancelled", None)


@wires
@pytest.mark.parametrize("times", [{"idle_timeout": 0.1}, {"content_timeout": 0.1}, {"total_timeout": 0.2}])
def test_a_silence_that_is_too_long_is_a_stall(machine: Any, name: str, body: bytes, times: Any) -> None:
    at = body.index(b"\n\n", len(body) // 2) + 2
    with Loopback(stalled(body, at)) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            with drive_sync(machine, machine.Config(message_id=MESSAGE_ID), reading(client, name), **times) as run:
                said = []
                with pytest.raises(StreamStalled):
                    for message in run:
                        said.append(message.message_type)
    assert (said[-1], run.result.outcome) == ("stop_reason", "failed")


def test_a_finished_answer_ends_after_its_grace_of_silence() -> None:
    at = CHAT.index(b"data: [DONE]")
    with Loopback(stalled(CHAT, at)) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            with drive_sync(chat, chat.Config(message_id=MESSAGE_ID), reading(client, "chat"), grace=0.1) as run:
                assert list(run) == folded(chat, objects("chat_parallel_calls.sse"), Ended())[0]
    assert run.result.outcome == "completed"


def test_the_total_time_passes_between_reads_that_never_wait() -> None:
    chunk = objects("chat_parallel_calls.sse")[1]
    taken = []
    with drive_sync(chat, config_of(chat), [chunk] * 1000, total_timeout=0.1) as run:
        with pytest.raises(StreamStalled, match=r"^the stream was not over after 0\.1 seconds$"):
            for message in run:
                taken.append(message)
                time.sleep(0.01)
    assert (0 < len(taken) < 1000, run.result.outcome) == (True, "failed")


def test_time_that_passes_in_what_cannot_be_cut_is_noticed_afterwards() -> None:
    def slow() -> Iterator[Any]:
        try:
            yield objects("chat_parallel_calls.sse")[1]
            time.sleep(0.1)
            yield objects("chat_parallel_calls.sse")[2]
            raise AssertionError("it is closed before")
        finally:
            left.append(True)

    left: list[bool] = []
    with drive_sync(chat, config_of(chat), slow(), idle_timeout=0.02) as run:
        with pytest.raises(StreamStalled, match=r"^the upstream said nothing for 0\.02 seconds$"):
            for _ in run:
                pass
    assert (run.result.chunks, left) == (2, [True])


def test_a_generator_that_another_thread_cancels_is_closed_on_leaving() -> None:
    left: list[str] = []
    waiting, released = threading.Event(), threading.Event()

    def blocked() -> Iterator[Any]:
        try:
            waiting.set()
            assert released.wait(5)
            yield objects("chat_parallel_calls.sse")[1]
        finally:
            left.append("closed")

    def cancel() -> None:
        assert waiting.wait(5)
        run.cancel()  # it cannot be closed now
        released.set()

    with drive_sync(chat, config_of(chat), blocked()) as run:
        threading.Thread(target=cancel).start()
        assert [message.message_type for message in run][-1] == "stop_reason"
    assert (run.result.outcome, left) == ("cancelled", ["closed"])


def test_a_run_goes_on_from_a_state() -> None:
    raws = objects("chat_parallel_calls.sse")
    with drive_sync(chat, config_of(chat), raws[:5]) as run:
        first = [next(run) for _ in range(2)]
        state = run.state
    with drive_sync(chat, config_of(chat), raws[run.state.chunks :], state=state) as rest:
        assert first + list(rest) == folded(chat, raws, Ended())[0]


def test_a_plain_list_needs_no_closing() -> None:
    with drive_sync(chat, config_of(chat), objects("chat_parallel_calls.sse")) as run:
        messages = list(run)
    assert messages == folded(chat, objects("chat_parallel_calls.sse"), Ended())[0]


def test_a_stream_s_manager_is_entered_and_left() -> None:
    class Manager:
        left = False

        def __enter__(self) -> list[Any]:
            return objects("chat_parallel_calls.sse")

        def __exit__(self, *_: object) -> None:
            self.left = True

    manager = Manager()
    with drive_sync(chat, config_of(chat), manager) as run:
        assert list(run)
    assert manager.left


def test_a_run_is_iterated_inside_its_with() -> None:
    with pytest.raises(RuntimeError, match="inside its `with`"):
        next(drive_sync(chat, config_of(chat), []))


class Manager:
    """A stream's manager, which gives something that cannot be iterated."""

    def __init__(self) -> None:
        self.left = 0

    def __enter__(self) -> object:
        return object()

    def __exit__(self, *_: object) -> None:
        self.left += 1


def test_what_was_opened_is_left_where_it_cannot_be_iterated() -> None:
    manager = Manager()
    run = drive_sync(chat, config_of(chat), manager)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot be iterated synchronously"), run:
        pass
    assert (manager.left, run.result.outcome) == (1, "failed")
    with pytest.raises(RuntimeError, match="a run is entered once"), run:
        pass
