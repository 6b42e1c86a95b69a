"""A background response without an event loop: over several connections, fetched whole, and closed by any thread."""

import json
import threading
from pathlib import Path
from typing import Any

import openai
import pytest
from streamfold.adapters import snapshot, wire
from streamfold.adapters.driver import drive_sync, resume_from_sync, resuming_sync
from streamfold.adapters.driver.resume.answers import losses
from streamfold.reducer import fold, responses
from support.law_checks import MESSAGE_ID
from support.loopback import PATIENCE, Answer, Loopback, dropped, refused, stalled, whole

BODY = (Path(__file__).parents[3] / "streams" / "responses_web_search.sse").read_bytes()
FRAMES = [frame + b"\n\n" for frame in BODY.split(b"\n\n") if frame]
CONFIG = responses.Config(message_id=MESSAGE_ID)
WHOLE = fold(responses, CONFIG, wire.read("responses", [BODY]))
CLIENT = openai.OpenAI(api_key="none")
LOST = losses(openai)[0], losses(openai)[-1]


def client_of(server: Loopback) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key="none", max_retries=0)


def opened(client: openai.OpenAI, **options: Any) -> Any:
    stream = client.responses.create(model="m", input="Hi", background=True, stream=True)
    return resuming_sync(client, stream, **{"attempts": 3, "pause": 0.001, **options})


def said_over(server: Loopback, **options: Any) -> tuple[list[Any], Any]:
    with client_of(server) as client:
        with drive_sync(responses, CONFIG, opened(client, **options)) as run:
            return list(run), run


def broken_off(count: int) -> Answer:
    """The first `count` events, half of the next, then the end of the connection."""
    return dropped(BODY, sum(map(len, FRAMES[:count])) + len(FRAMES[count]) // 2)


def response_of(status: str) -> Answer:
    last = json.loads(FRAMES[-1].split(b"data: ", 1)[1])["response"]
    return Answer(json.dumps({**last, "status": status}).encode(), content_type="application/json")


def test_a_connection_lost_again_and_again_changes_nothing() -> None:
    answers = broken_off(10), broken_off(20), refused(503), broken_off(30), Answer(b"", drop_after=0), whole(BODY)
    with Loopback(*answers) as server:
        messages, run = said_over(server)
    assert messages == list(WHOLE[1])
    assert run.result == responses.result(WHOLE[0])
    assert len(server.requests) == 6


def test_what_is_too_old_is_fetched_whole_without_a_loop() -> None:
    with Loopback(broken_off(10), refused(404), response_of("in_progress"), response_of("completed")) as server:
        _, run = said_over(server)
    assert run.result.output == responses.result(WHOLE[0]).output
    assert run.result.outcome == "completed"
    assert len(server.requests) == 4


def test_a_provider_that_is_gone_is_given_up() -> None:
    with Loopback(broken_off(10), Answer(b"", drop_after=0)) as server, pytest.raises(LOST):
        said_over(server)
    assert len(server.requests) == 4


def test_a_stream_without_an_end_is_truncated() -> None:
    with Loopback(whole(b"".join(FRAMES[:10])), whole(b""), response_of("queued"), whole(b"")) as server:
        _, run = said_over(server)
    assert run.result.outcome == "truncated"
    assert len(server.requests) == 4


def test_another_host_goes_on_without_a_loop() -> None:
    state, _ = responses.start(CONFIG)
    for chunk in wire.read("responses", [b"".join(FRAMES[:10])]):
        state, _ = responses.step(state, chunk)
    restored = snapshot.loads(snapshot.dumps(state))
    with Loopback(whole(b"".join(FRAMES[9:]))) as server, client_of(server) as client:
        types = [event.type for event in resume_from_sync(client, restored)]
    assert types[-1] == "response.completed"
    assert "starting_after=9" in server.requests[0].path


def test_a_state_without_numbers_cannot_be_resumed_without_a_loop() -> None:
    with pytest.raises(ValueError, match="cannot be resumed"):
        resume_from_sync(CLIENT, responses.start(CONFIG)[0])


def test_a_stream_of_the_other_client_is_refused() -> None:
    async def events() -> Any:
        yield None

    with pytest.raises(TypeError, match="`resuming` takes what is iterated asynchronously"):
        resuming_sync(CLIENT, events())  # type: ignore[arg-type]


def test_a_stream_that_was_never_begun_is_closed_without_a_loop() -> None:
    with Loopback(stalled(BODY, 900)) as server, client_of(server) as client:
        stream = opened(client)
        stream.close()
        assert server.requests[0].closed.wait(PATIENCE)
        assert list(stream) == []


def test_another_threads_close_ends_a_pause() -> None:
    with Loopback(broken_off(10), refused(429, retry_after="60")) as server, client_of(server) as client:
        stream = opened(client)
        ended = threading.Thread(target=lambda: list(stream), daemon=True)
        ended.start()
        while len(server.requests) < 2 or not server.requests[1].answered.wait(0.001):
            pass
        stream.close()
        ended.join(PATIENCE)
        assert not ended.is_alive()
    assert len(server.requests) == 2


def test_another_threads_close_is_no_loss() -> None:
    class Closable:
        """Its read fails once it is closed, as a socket's does."""

        def __init__(self) -> None:
            self.reading = threading.Event()
            self.closed = threading.Event()

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            self.reading.set()
            self.closed.wait(PATIENCE)
            raise OSError("bad file descriptor")

        def close(self) -> None:
            self.closed.set()

    upstream, given = Closable(), list[Any]()
    stream = resuming_sync(CLIENT, upstream)
    reader = threading.Thread(target=lambda: given.append(list(stream)), daemon=True)
    reader.start()
    upstream.reading.wait(PATIENCE)
    stream.close()
    reader.join(PATIENCE)
    assert given == [[]]


def test_closing_that_fails_is_logged_and_no_more_without_a_loop(caplog: pytest.LogCaptureFixture) -> None:
    class Unwilling(list[Any]):
        def close(self) -> None:
            raise RuntimeError("it will not")

    assert list(resuming_sync(CLIENT, Unwilling())) == []
    assert "the upstream raised while it was being closed: RuntimeError('it will not')" in caplog.text
