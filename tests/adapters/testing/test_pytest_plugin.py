"""The pytest plugin, in suites of its own: the fixture, the marker, recording, expectations, the corpus."""

import gc
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import anyio
import openai
import pytest
import streamfold.adapters.testing.pytest_cassette
import streamfold.adapters.testing.pytest_corpus  # noqa: F401
from streamfold.adapters.cassette.format import Recorder, open_cassette
from streamfold.reducer import Cancelled, Ended, Failed, chat
from support.law_checks import MESSAGE_ID
from support.loopback import Loopback, cut, dropped, refused, whole

pytest_plugins = ["pytester"]

STREAMS = Path(__file__).parents[2] / "streams"
CHAT = (STREAMS / "chat_parallel_calls.sse").read_bytes()
RESPONSES = (STREAMS / "responses_web_search.sse").read_bytes()
# Where the plugin is installed, the outer run has it loaded already; that is no news of the inner one's.
_QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
PLUGIN = ("-p", "no:streamfold", "-p", "streamfold.adapters.testing.pytest_plugin", "-p", "no:cacheprovider", *_QUIET)


@pytest.fixture(scope="module", autouse=True)
def everything_loaded() -> None:
    """What the client loads only when it asks, so that no suite within loads it anew, into classes of other names."""
    with Loopback(whole(CHAT)) as server:
        with openai.OpenAI(base_url=server.url, api_key="none") as client:
            client.models.with_raw_response.list()

        async def ask() -> None:
            async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
                await client.models.with_raw_response.list()

        anyio.run(ask)
    gc.collect()
    gc.freeze()  # each suite within collects garbage several times at its end, of which none is here


@pytest.fixture
def suite(pytester: pytest.Pytester) -> "Suite":
    return Suite(pytester)


class Suite:
    """A suite of somebody's, with the plugin."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.folder = pytester.path
        for name in ("chat_parallel_calls.sse", "responses_web_search.sse", "inner_thoughts.jsonl"):
            shutil.copy(STREAMS / name, self.folder)

    def write(self, source: str) -> None:
        (self.folder / "test_it.py").write_text(textwrap.dedent(source))

    def run(self, *arguments: object, **outcomes: int) -> str:
        """What pytest says; how many tests passed, failed and so on has to be as told."""
        gc.collect()  # what the last run left is not this one's
        result = self.pytester.runpytest_inprocess(*PLUGIN, *map(str, arguments))
        result.assert_outcomes(**outcomes)
        return result.stdout.str()

    def cassette(self, name: str, *frames: object, end: object = None, at: float = 0.0) -> Path:
        """A cassette of frames that come so many seconds apart."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        ticks = iter([0.0, *(at * (number + 1) for number in range(len(frames) + 1))])
        config = chat.Config(message_id=MESSAGE_ID, run_id="run-7")
        with Recorder(path, "chat", config, clock=lambda: next(ticks)) as recorder:
            for frame in frames:
                recorder.record(frame)
            if end is not None:
                recorder.end(end)  # type: ignore[arg-type]
        return path


def said(text: str, **more: object) -> dict[str, object]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"} | {
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None, **more}]
    }


# The fixture, without a client


def test_a_recorded_stream_is_there_as_chunks_messages_and_result(suite: Suite) -> None:
    suite.write("""
        from pathlib import Path
        import pytest
        from streamfold.reducer import chat, fold

        CONFIG = {"run_id": "run-1", "requires_approval_tools": ["find_train"]}

        @pytest.mark.cassette("chat_parallel_calls.sse", config=CONFIG)
        def test_it(cassette):
            state, messages, result = cassette.fold()
            assert (cassette.wire, cassette.machine, cassette.end) == ("chat", chat, None)
            assert messages == cassette.messages() == fold(chat, cassette.config, cassette.chunks)[1]
            assert {message.run_id for message in messages} == {"run-1"}
            assert messages[-1].message_type == "approval_request_message"
            assert result.text == "Let me look both up."
            assert result == chat.result(state)
            assert cassette.fold(run_id="run-2").messages[0].run_id == "run-2"
            assert cassette.body() == Path("chat_parallel_calls.sse").read_bytes()
    """)
    suite.run(passed=1)


def test_each_kind_of_file_is_read_and_its_ending_may_be_left_out(suite: Suite) -> None:
    suite.cassette("told.cassette", said("Hi"), said("!", finish_reason="stop"), b"[DONE]", end=Ended())
    suite.write("""
        import pytest

        @pytest.mark.cassette("told")
        def test_cassette(cassette):
            assert cassette.fold().result.text == "Hi!"
            assert cassette.config.run_id == "run-7"

        @pytest.mark.cassette("inner_thoughts", wire="inner-thoughts")
        def test_json_lines(cassette):
            assert cassette.fold().result.text.startswith("She said")

        @pytest.mark.cassette("responses_web_search")
        def test_events(cassette):
            assert cassette.wire == "responses"
    """)
    suite.run(passed=3)


def test_without_a_marker_the_test_s_own_name_tells_the_file(suite: Suite) -> None:
    for name in ("test_alone", "test_of-one", "TestAll.test_alone"):
        suite.cassette(f"cassettes/{name}.cassette", said(name), end=Ended())
    suite.write("""
        import pytest

        def test_alone(cassette):
            assert cassette.fold().result.text == "test_alone"

        @pytest.mark.parametrize("what", ["one"])
        def test_of(cassette, what):
            assert cassette.fold().result.text == "test_of-one"

        class TestAll:
            def test_alone(self, cassette):
                assert cassette.fold().result.text == "TestAll.test_alone"
    """)
    suite.run(passed=3)


def test_a_stream_ends_as_it_was_recorded(suite: Suite) -> None:
    suite.cassette("left.cassette", said("Hi"), end=Cancelled())
    suite.cassette("lost.cassette", said("Hi"), end=Failed("boom"))
    suite.cassette("off.cassette", said("Hi"))
    suite.write("""
        import pytest

        @pytest.mark.cassette("left")
        def test_left(cassette):
            assert cassette.fold().result.outcome == "cancelled"

        @pytest.mark.cassette("lost")
        def test_lost(cassette):
            assert cassette.fold().result.error.message == "connection lost: boom"

        @pytest.mark.cassette("off")
        def test_off(cassette):
            assert cassette.fold().result.outcome == "truncated"
    """)
    suite.run(passed=3)


# What is wrong is said in one line


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ('"nothing"', "test_it.py::test_it: nothing: no such recording; record it with --cassette-record"),
        ('"empty.sse"', "empty.sse: no chunks in it: neither server-sent events with data nor JSON lines"),
        ('"folder"', "folder: is a directory"),
        ('"prose.sse"', "prose.sse, line 2: not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('"twice"', "twice: there are several: twice.sse, twice.jsonl"),
        ('"broken.cassette"', "broken.cassette, line 1: wire must be one of chat, inner-thoughts, responses, not 'x'"),
        (
            '"chat_parallel_calls.sse", wire="responses"',
            "sse, line 3: a Chat Completions chunk, not a Responses event",
        ),
        ('"chat_parallel_calls.sse", wire="mail"', "wire must be one of chat, inner-thoughts, responses, not 'mail'"),
        ('"chat_parallel_calls.sse", config={"id": 1}', "the marker's config: no such field: 'id' (there are "),
        ('"chat_parallel_calls.sse", config={"run_id": 1}', "the marker's config: run_id must be text or null, not 1"),
        ('"chat_parallel_calls.sse", config=[1]', "config must be a mapping of the Config's fields, not [1]"),
        (
            '"chat_parallel_calls.sse", timing="fast"',
            'must be "off", "real", or a scale above zero, not \'fast\'',
        ),
        ('"chat_parallel_calls.sse", timing=0', 'timing must be "off", "real", or a scale above zero, not 0'),
        ('"chat_parallel_calls.sse", timing="real"', "chat_parallel_calls.sse: no times were recorded in it"),
        ('"chat_parallel_calls.sse", speed=1', "cassette: got an unexpected keyword argument 'speed'"),
        ('"chat_parallel_calls.sse", faults=["slow"]', "no fault: 'slow' (there are Cut, Drop, Error, Recut, Repeat, "),
        (
            '"chat_parallel_calls.sse", faults=[Cut(100)]',
            "Cut(after=100): there are 67 frames in chat_par",
        ),
        ("7", "the paths must be text, not (7,)"),
    ],
)
def test_what_cannot_be_replayed_is_an_error_that_says_what_and_where(suite: Suite, marker: str, said: str) -> None:
    (suite.folder / "empty.sse").touch()
    (suite.folder / "folder").mkdir()
    (suite.folder / "prose.sse").write_text("event: x\ndata: prose\n\n")
    (suite.folder / "twice.sse").touch()
    (suite.folder / "twice.jsonl").touch()
    (suite.folder / "broken.cassette").write_text('{"streamfold_cassette":1,"wire":"x","config":{}}\n')
    suite.write(f"""
        import pytest
        from streamfold.adapters.testing.faults import Cut

        @pytest.mark.cassette({marker})
        def test_it(cassette):
            pass
    """)
    out = suite.run(errors=1)
    assert said in out
    assert "Traceback" not in out
    assert "adapters" not in out.replace("streamfold.adapters.testing.faults", "")


# The real client


ON_ASYNCIO_OR_TRIO = """
    async def main(cassette):
        client = cassette.async_client(max_retries=0)
        assert type(client) is openai.AsyncOpenAI and client.max_retries == 0
        stream = await asked(client)
        assert type(stream) is openai.AsyncStream
        async with drive(cassette.machine, cassette.config, stream) as run:
            assert tuple([message async for message in run]) == cassette.messages()
        assert cassette.requests[0].closed
"""

CLIENTS = """
    import anyio, openai, pytest
    from streamfold.adapters.driver.run import drive
    from streamfold.adapters.testing.faults import *
    from streamfold.adapters.testing.replay import Replay
    from streamfold.adapters.driver.sync_run import drive_sync

    def asked(client):
        return client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi"}], stream=True)
"""


def test_the_real_client_gets_the_recording_as_its_provider_s_answer(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + ON_ASYNCIO_OR_TRIO
        + """
    pytestmark = pytest.mark.cassette("chat_parallel_calls.sse")

    def test_sync(cassette):
        client = cassette.client()
        assert type(client) is openai.OpenAI
        stream = asked(client)
        with drive_sync(cassette.machine, cassette.config, stream) as run:
            assert tuple(run) == cassette.messages()
        assert type(stream) is openai.Stream and stream.response.is_closed
        (request,) = cassette.requests
        assert (request.method, request.path, request.closed) == ("POST", "/v1/chat/completions", True)
        assert request.body["messages"] == [{"role": "user", "content": "Hi"}]
        assert request.frames == 67

    def test_async(cassette):
        anyio.run(main, cassette)

    def test_a_stream_alone(cassette):
        stream = cassette.stream()
        assert type(stream) is openai.Stream
        with stream:
            first = next(stream)
        assert type(first) is openai.types.chat.ChatCompletionChunk
        assert stream.response.is_closed and stream.response.http_version == "HTTP/1.1"
        assert cassette.requests == []

    def test_an_async_stream_alone(cassette):
        async def main():
            stream = await cassette.async_stream()
            assert type(stream) is openai.AsyncStream
            async with stream:
                async for chunk in stream:
                    break
            assert chunk.model == "deepseek-reasoner" and stream.response.is_closed
        anyio.run(main)

    def test_any_client_with_an_http_client(cassette):
        client = openai.AzureOpenAI(http_client=cassette.http_client(), base_url="http://azure.invalid/x", api_key="k",
                                    api_version="1")
        assert len(list(asked(client))) == 66
    """
    )
    suite.run(passed=5)


def test_it_is_the_same_on_trio(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + ON_ASYNCIO_OR_TRIO
        + """
    @pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # the client's own
    @pytest.mark.filterwarnings("ignore:.*async_generator object:pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_it(cassette):
        anyio.run(main, cassette, backend="trio")

    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Stall(9), Recut()])
    def test_a_silence_can_be_left(cassette):
        async def leave():
            stream = await cassette.async_stream()
            async with drive(cassette.machine, cassette.config, stream, idle_timeout=0.01) as run:
                with pytest.raises(TimeoutError):
                    [message async for message in run]
            assert run.result.chunks == 9
        anyio.run(leave, backend="trio")
    """
    )
    # In a process of its own: trio keeps a thread for a while, and other tests count theirs.
    suite.pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=2)


def test_what_no_recording_answers_is_refused_by_name(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    @pytest.mark.cassette("chat_parallel_calls.sse")
    @pytest.mark.parametrize(("ask", "why"), [
        (lambda client: client.models.list(), "GET /v1/models has no answer here"),
        (lambda client: client.responses.create(model="m", input="Hi", stream=True), "is for POST …/chat/completions"),
        (lambda client: client.chat.completions.create(model="m", messages=[]), "ask for it with stream=True"),
    ])
    def test_it(cassette, ask, why):
        with pytest.raises(openai.BadRequestError, match=why) as refused:
            ask(cassette.client())
        assert "chat_parallel_calls.sse" in str(refused.value)
        assert len(cassette.requests) == 1

    @pytest.mark.cassette("responses_web_search.sse")
    @pytest.mark.parametrize(("ask", "why"), [
        (lambda client: client.responses.retrieve("resp_0", stream=True), "has no response of that id"),
        (lambda client: client.responses.retrieve("resp_01HX"), "retrieve it with stream=True"),
    ])
    def test_responses(cassette, ask, why):
        with pytest.raises(openai.BadRequestError, match=why):
            ask(cassette.client())
    """
    )
    suite.run(passed=5)


def test_several_recordings_answer_one_request_after_the_other(suite: Suite) -> None:
    suite.cassette("one.cassette", said("one"))
    suite.cassette("two.cassette", said("two"))
    suite.write(
        CLIENTS
        + """
    def told(client):
        return "".join(chunk.choices[0].delta.content for chunk in asked(client))

    @pytest.mark.cassette("one", "two")
    def test_it(cassette):
        assert [told(cassette.client()) for _ in range(3)] == ["one", "two", "two"]
        assert cassette.fold().result.text == "one"

    @pytest.mark.cassette("one", "two", faults=[Error(status=500, request=1), Cut(0, request=3)])
    def test_one_that_is_asked_again(cassette):
        client = cassette.client(max_retries=0)
        with pytest.raises(openai.InternalServerError):
            asked(client)
        assert [told(client) for _ in range(2)] == ["one", ""]

    @pytest.mark.cassette("one", "two", faults=Stall(2, request=2))
    def test_a_fault_that_a_later_recording_is_too_short_for(cassette):
        client = cassette.client()
        assert told(client) == "one"
        with pytest.raises(openai.BadRequestError, match="there are 1 frames in two.cassette"):
            asked(client)
    """
    )
    suite.run(passed=2, errors=1)


# Time, and what goes wrong


def test_the_recorded_pauses_are_made_at_the_scale_that_is_asked_for(suite: Suite) -> None:
    suite.cassette("slow.cassette", said("a"), said("b"), said("c"), end=Ended(), at=0.2)
    suite.write(
        CLIENTS
        + """
    from streamfold.adapters.testing.timeline import Wait, timeline

    @pytest.mark.parametrize(("timing", "pause"), [
        pytest.param(timing, pause, marks=pytest.mark.cassette("slow", timing=timing))
        for timing, pause in [("off", 0), ("real", 0.2), (0.1, 0.02), (3, 0.6)]
    ])
    def test_it(cassette, timing, pause):
        speed = cassette._speed
        events = timeline(cassette.recording, speed=speed)
        waits = [round(event.seconds, 6) for event in events if isinstance(event, Wait)]
        assert waits == ([pause] * 4 if pause else [])
        assert cassette.fold().result.text == "abc"

    @pytest.mark.cassette("slow", timing=0.001)
    def test_they_are_made(cassette):
        assert len(list(asked(cassette.client()))) == 3
        async def main():
            assert len([chunk async for chunk in await asked(cassette.async_client())]) == 3
        anyio.run(main)

    @pytest.mark.cassette("slow", timing="real")
    def test_a_client_has_less_patience(cassette):
        with pytest.raises(openai.APITimeoutError):
            list(asked(cassette.client(timeout=0.01, max_retries=0)))
    """
    )
    suite.run(passed=6)


FAULTY = """
    def told(cassette, **options):
        chunks = []
        try:
            for chunk in asked(cassette.client(**options)):
                chunks.append(chunk)
        except Exception as error:
            return len(chunks), type(error).__name__
        return len(chunks), "ended"
"""


def test_each_fault_does_to_the_client_and_to_the_fold_what_it_says(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + FAULTY
        + """
    class Odd(Exception):
        pass

    @pytest.mark.parametrize(("count", "how", "outcome"), [
        pytest.param(count, how, outcome, marks=pytest.mark.cassette("chat_parallel_calls.sse", faults=faults))
        for faults, count, how, outcome in [
            ([], 66, "ended", "completed"),
            ([Recut()], 66, "ended", "completed"),
            ([Recut(7), Recut(sizes=[1, 2])], 66, "ended", "completed"),
            ([Stall(5, 0.01)], 66, "ended", "completed"),
            ([Stall(5)], 5, "APITimeoutError", "failed"),
            ([Drop(5)], 5, "APIConnectionError", "failed"),
            ([Drop(5, more=30)], 5, "APIConnectionError", "failed"),
            ([Drop(5, more=10_000)], 6, "APIConnectionError", "failed"),
            ([Drop(67)], 66, "ended", "failed"),
            ([Cut(5)], 5, "ended", "truncated"),
            ([Cut(5, more=30), Recut()], 5, "ended", "truncated"),
            ([Cut(0)], 0, "ended", "truncated"),
            ([Error(5)], 5, "APIError", "failed"),
            ([Error(5, body={"error": "no"})], 5, "APIError", "failed"),
            ([Error(status=429)], 0, "RateLimitError", "failed"),
            ([Error(3, exception=Odd("odd"))], 3, "Odd", "failed"),
            ([Repeat(60, 2)], 68, "ended", "completed"),
            ([Repeat(5), Repeat(5, 3)], 70, "ended", "completed"),
            ([Repeat(5), Cut(5)], 6, "ended", "truncated"),
            ([Cut(9), Error(9)], 9, "APIError", "failed"),
        ]
    ])
    def test_it(cassette, count, how, outcome):
        assert told(cassette, timeout=0.05, max_retries=0) == (count, how)
        folded = cassette.fold()
        assert folded.result.outcome == outcome
        assert folded.result.chunks == count + (how == "APIError")
        assert cassette.requests[0].closed
    """
    )
    suite.run(passed=20)


def test_the_errors_of_the_provider_are_those_of_its_wire(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.reducer import Ended

    @pytest.mark.cassette("responses_web_search.sse", faults=[Error(4, message="Too much.", code="rate_limit")])
    def test_events(cassette):
        stream = cassette.stream()
        *_, last = stream
        assert (last.type, last.message, last.code) == ("error", "Too much.", "rate_limit")
        assert cassette.fold().result.error.code == "rate_limit"
        assert cassette.messages()[-1].stop_reason == "llm_api_error"

    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Error(status=400, message="Too long.", code="context")])
    def test_a_status(cassette):
        with pytest.raises(openai.BadRequestError, match="Too long.") as refused:
            cassette.stream()
        assert refused.value.code == "context"
        assert "HTTP status 400" in cassette.fold().result.error.message
    """
    )
    suite.run(passed=2)


def test_a_refused_request_is_tried_again_as_the_client_does(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + FAULTY
        + """
    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Error(status=503, request=1)])
    def test_it(cassette, monkeypatch):
        monkeypatch.setattr(openai.OpenAI, "_calculate_retry_timeout", lambda *_, **__: 0)
        assert told(cassette) == (66, "ended")
        assert [request.frames for request in cassette.requests] == [0, 67]
    """
    )
    suite.run(passed=1)


def test_a_lost_connection_is_taken_up_where_it_was(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.adapters.driver.resume import resuming

    @pytest.mark.cassette("responses_web_search.sse", faults=[
        Drop(9, request=1), Drop(20, more=5, request=2), Repeat(40, 6, request=3), Recut(5),
    ])
    def test_it(cassette):
        async def main():
            client = cassette.async_client()
            stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
            async with drive(cassette.machine, cassette.config, resuming(client, stream, pause=0.001)) as run:
                return tuple([message async for message in run])
        assert anyio.run(main) == Replay(cassette.recording).messages()
        assert [request.query.get("starting_after") for request in cassette.requests] == [None, "8", "19"]
    """
    )
    suite.run(passed=1)


def test_a_silence_that_nobody_waits_for_ends_with_the_test(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    import threading

    THREADS = []

    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Stall(3)])
    def test_it(cassette):
        heard = threading.Event()
        def listen(client):
            for number, _ in enumerate(asked(client), 1):
                if number == 3:
                    heard.set()
        THREADS.append(threading.Thread(target=listen, args=(cassette.client(),)))
        THREADS[0].start()
        assert heard.wait(5)

    def test_then():
        THREADS[0].join(5)
        assert not THREADS[0].is_alive()
    """
    )
    suite.run(passed=2)


def test_a_cancelled_run_leaves_the_client_s_stream_closed(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.reducer import Cancelled, fold

    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Stall(30)])
    def test_it(cassette):
        async def main():
            said = []
            async with drive(cassette.machine, cassette.config, await asked(cassette.async_client())) as run:
                async with anyio.create_task_group() as group:
                    async def cancel():
                        while cassette.requests[0].frames < 30:
                            await anyio.sleep(0.001)
                        run.cancel()
                    group.start_soon(cancel)
                    async for message in run:
                        said.append(message)
            assert (cassette.requests[0].frames, cassette.requests[0].closed) == (30, True)
            assert tuple(said) == fold(cassette.machine, cassette.config, cassette.chunks, Cancelled())[1]
        anyio.run(main)
    """
    )
    suite.run(passed=1)


# Recording


RECORDS = (
    (
        CLIENTS
        + """
    def test_it(cassette):
        with drive_sync(cassette.machine, cassette.config, asked(cassette.client())) as run:
            messages = tuple(run)
        assert messages == cassette.messages()

    @pytest.mark.cassette("cassettes/async.cassette", config={"run_id": "run-9"})
    def test_async(cassette):
        async def main():
            async with cassette.async_client() as client:
                return [chunk async for chunk in await asked(client)]
        chunks = anyio.run(main)
        assert cassette.config.run_id == "run-9"
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == (
            cassette.fold().result.text)
        assert cassette.requests[0].body["model"] == "gpt-5"
"""
    )
    .replace("drive_sync(cassette.machine, cassette.config, ", "drive_sync(chat, CONFIG, ")
    .replace(
        "    def asked",
        """    from streamfold.reducer import chat
    from streamfold.adapters.cassette.recording import MESSAGE_ID

    CONFIG = chat.Config(message_id=MESSAGE_ID, model="gpt-5")

    def asked""",
    )
)


def test_the_test_s_own_requests_are_recorded_and_then_replayed(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.write(RECORDS)
    with Loopback(cut(CHAT, range(100, len(CHAT), 777)), whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=2)
        assert [request.headers["accept-encoding"] for request in server.requests] == ["identity"] * 2
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_KEY")
    written = sorted(path.name for path in (suite.folder / "cassettes").iterdir())
    assert written == ["async.cassette", "test_it.cassette"]
    for name in written:
        recorded = open_cassette(suite.folder / "cassettes" / name)
        assert (recorded.wire, recorded.end, len(recorded.frames())) == ("chat", Ended(), 67)
        assert recorded.config["model"] == "gpt-5"
        text = (suite.folder / "cassettes" / name).read_text()
        assert "sk-secret" not in text
        assert '"Hi"' not in text
    suite.run(passed=2)


def test_a_stream_that_the_test_leaves_is_recorded_as_far_as_it_came(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write(
        CLIENTS
        + """
    def test_left(cassette):
        for chunk in asked(cassette.client()):
            break
        cassette.close()

    def test_left_open(cassette):
        stream = asked(cassette.client())
        next(stream)

    @pytest.mark.cassette("cassettes/events", config={"requires_approval_tools": ["save_note"]})
    def test_events(cassette):
        for event in cassette.client().responses.create(model="m", input="Hi", stream=True):
            pass
        assert cassette.messages()[-1].message_type == "approval_request_message"

    @pytest.mark.cassette("cassettes/thoughts", wire="inner-thoughts")
    def test_thoughts(cassette):
        list(asked(cassette.client()))
        assert cassette.wire == "inner-thoughts"

    def test_lost(cassette):
        with pytest.raises(openai.APIConnectionError):
            list(asked(cassette.client()))
    """
    )
    slowly = cut(CHAT, range(500, len(CHAT), 500), pause=0.01)
    with Loopback(slowly, slowly, whole(RESPONSES), whole(CHAT), dropped(CHAT, 3000)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=5)
    ends = {path.stem: open_cassette(path).end for path in (suite.folder / "cassettes").iterdir()}
    lost = ends.pop("test_lost")
    assert isinstance(lost, Failed)
    assert ends == {"test_left": Cancelled(), "test_left_open": Cancelled(), "events": Ended(), "thoughts": Ended()}
    assert open_cassette(suite.folder / "cassettes" / "thoughts.cassette").wire == "inner-thoughts"


def test_what_cannot_be_recorded_leaves_the_old_cassette_and_says_why(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = suite.cassette("cassettes/test_refused.cassette", said("old")).read_bytes()
    suite.write(
        CLIENTS
        + """
    def test_refused(cassette):
        asked(cassette.client(max_retries=0))

    def test_without_asking(cassette):
        cassette.fold()

    @pytest.mark.cassette("cassettes/one")
    def test_twice(cassette):
        list(asked(cassette.client()))
        list(asked(cassette.client()))

    @pytest.mark.cassette("cassettes/one", config={"colour": "red"})
    def test_config(cassette):
        list(asked(cassette.client()))

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_by_hand(cassette):
        assert len(list(asked(cassette.client()))) == 66
    """
    )
    with Loopback(refused(401), whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        out = suite.run("--cassette-record", passed=1, failed=4)
        assert len(server.requests) == 4
    assert "nothing is recorded yet: a test records by asking, through client() or async_client()" in out
    assert "the test asks once more, and has no cassette left for it (named: one.cassette)" in out
    assert "the marker's config: no such field: 'colour'" in out
    assert (suite.folder / "cassettes" / "test_refused.cassette").read_bytes() == old
    assert sorted(path.name for path in (suite.folder / "cassettes").iterdir()) == [
        "one.cassette",
        "test_refused.cassette",
    ]


def test_secrets_in_what_the_provider_says_can_be_taken_out(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    (suite.folder / "conftest.py").write_text(
        textwrap.dedent("""
        import pytest

        @pytest.fixture
        def cassette_redact():
            return lambda frame: {name: value for name, value in frame.items() if name != "id"}
    """)
    )
    suite.write(CLIENTS + "    def test_it(cassette):\n        list(asked(cassette.client()))\n")
    with Loopback(whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=1)
    assert "chatcmpl" not in (suite.folder / "cassettes" / "test_it.cassette").read_text()


# What is expected


EXPECTS = """
    import pytest

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_it(cassette):
        cassette.assert_said()

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_an_application(cassette):
        from streamfold.adapters.protocols import letta
        cassette.assert_said([letta.to_json(message) for message in cassette.messages()], "sent")
        cassette.assert_said(cassette.messages(message_id="message-99999999-9999-4999-8999-999999999999"), "kept")

    def test_with_its_own(cassette):
        cassette.assert_said()
"""


def test_what_is_said_is_compared_with_what_was_accepted(suite: Suite) -> None:
    suite.cassette("cassettes/test_with_its_own.cassette", said("Hi \n\r\x1b"), end=Ended())
    suite.write(EXPECTS)
    out = suite.run(failed=3)
    assert "nothing is expected yet in chat_parallel_calls.test_it.said" in out
    assert "accept it with --cassette-update" in out
    assert "| Let me look both up." in out
    suite.run("--cassette-update", passed=3)
    suite.run(passed=3)
    found = sorted(path.name for path in suite.folder.rglob("*.said"))
    assert found == [
        "chat_parallel_calls.test_an_application.kept.said",
        "chat_parallel_calls.test_an_application.sent.said",
        "chat_parallel_calls.test_it.said",
        "test_with_its_own.said",
    ]
    sent, kept = ((suite.folder / name).read_text("utf-8") for name in found[1::-1])
    assert sent == kept
    assert sent == "".join(
        f"{line}\n"
        for line in [
            "[1] reasoning_message",
            "    | The user wants to leave for Lisbon on Friday, so I need the weather there and a train to the "
            "airport. I can ask for both at once.",
            "[2] assistant_message",
            "    | Let me look both up.",
            "[3] tool_call_message call_0_7c1d get_weather",
            '    | {"city":"Lisbon","day":"Friday"}',
            "[3] tool_call_message call_1_90be find_train",
            '    | {"from":"São Bento","to":"OPO","by":"07:30"}',
        ]
    )
    whole = (suite.folder / "chat_parallel_calls.test_it.said").read_text("utf-8")
    assert whole == sent + (
        "[=] result\n"
        "    completed finish_reason=tool_calls input_tokens=211 output_tokens=83\n"
        "    call_0_7c1d get_weather is complete\n"
        "    call_1_90be find_train is complete\n"
    )
    own = (suite.folder / "cassettes" / "test_with_its_own.said").read_text("utf-8")
    assert own == (
        "[1] assistant_message\n    | Hi ¶\n    | \\u000d\\u001b\n[=] result\n    truncated finish_reason=None\n"
    )


def test_a_change_fails_with_the_runs_that_changed(suite: Suite) -> None:
    suite.write(EXPECTS)
    suite.run("--cassette-update", "test_it.py::test_it", passed=1)
    text = CHAT.decode().replace('"content":"Let"', '"content":"Leave"')
    (suite.folder / "chat_parallel_calls.sse").write_text(text)
    out = suite.run("test_it.py::test_it", failed=1)
    assert "the messages are not what is expected (-) in chat_parallel_calls.test_it.said" in out
    shown = [line[8:].rstrip() for line in out.splitlines() if line.startswith("E   ")]
    assert shown[1:] == [
        "",
        "  … 1 run the same",
        "  [2] assistant_message",
        "-     | Let me look both up.",
        "+     | Leave me look both up.",
        "  … 3 runs the same",
    ]
    assert "    cassette.assert_said()" in out
    assert "expectation.py" not in out
    coloured = suite.run("test_it.py::test_it", "--color=yes", failed=1)
    assert "\x1b[32m+     | Le\x1b[7mave\x1b[27m me look both up.\x1b[0m" in coloured
    suite.run("test_it.py::test_it", "--cassette-update", passed=1)
    suite.run("test_it.py::test_it", passed=1)


# The corpus


@pytest.fixture
def corpus(suite: Suite) -> Path:
    folder = suite.folder / "corpus"
    (folder / "more").mkdir(parents=True)
    shutil.move(suite.folder / "chat_parallel_calls.sse", folder / "a.sse")
    shutil.move(suite.folder / "inner_thoughts.jsonl", folder / "more" / "b.jsonl")
    suite.cassette("corpus/c.cassette", said("Hi"), end=Ended())
    (folder / "test_stray.py").write_text("def test_stray(): pass\n")
    (folder / "a.truth.json").write_text("{}")
    suite.write("def test_mine():\n    pass\n")
    return folder


def test_the_laws_look_at_each_recorded_stream_of_a_folder(suite: Suite, corpus: Path) -> None:
    out = suite.run("-v", "test_it.py", "--corpus", corpus, passed=4)
    for name in ("corpus/a.sse::laws", "corpus/more/b.jsonl::laws", "corpus/c.cassette::laws", "test_it.py::test_mine"):
        assert f"{name} PASSED" in out
    assert "test_stray" not in out
    suite.run("test_it.py", "--corpus=corpus", "-k", "laws", passed=3, deselected=1)
    suite.run("test_it.py", "--streamfold-corpus", "corpus", passed=4)
    suite.run("corpus", "--corpus", "corpus", passed=4)
    suite.run("corpus/a.sse", "--corpus", "corpus", "--corpus-wire", "inner-thoughts", passed=3)
    suite.run("--corpus", "corpus", passed=5)
    suite.run(passed=2)


def test_the_corpus_is_shared_out_to_workers(suite: Suite, corpus: Path) -> None:
    result = suite.pytester.runpytest_subprocess(*PLUGIN, "-n", "1", "test_it.py", "--corpus", "corpus")
    result.assert_outcomes(passed=4)


def test_the_ini_file_can_name_the_corpus(suite: Suite, corpus: Path) -> None:
    (suite.folder / "pytest.ini").write_text("[pytest]\nstreamfold_corpus = corpus\ntestpaths = test_it.py\n")
    suite.run(passed=4)
    shutil.rmtree(corpus)
    result = suite.pytester.runpytest_inprocess(*PLUGIN)
    assert "no such folder" in result.stderr.str()


def test_a_broken_law_is_named_with_the_file_and_the_chunk(
    suite: Suite, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = chat.step

    def forgetful(state: chat.State, chunk: chat.Chunk) -> object:
        after, messages = step(state, chunk)
        return after, tuple(one for one in messages if getattr(one, "content", "") != " look")

    monkeypatch.setattr(chat, "step", forgetful)
    out = suite.run("test_it.py", "--corpus", corpus, passed=3, failed=1)
    assert "corpus/a.sse, line 71: law 5 (Cut-blind) does not hold" in out
    assert "the first 35 of 67 show it" in out
    assert "Traceback" not in out


def test_what_cannot_be_read_in_the_corpus_fails_by_name(suite: Suite, corpus: Path) -> None:
    (corpus / "a.sse").write_text("data: prose\n\n")
    out = suite.run("test_it.py", "--corpus", corpus, passed=3, failed=1)
    assert "corpus/a.sse, line 1: not JSON" in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("given", "said"),
    [("nowhere", "no such folder"), ("bare", "no recorded streams (*.cassette, *.sse, *.jsonl)")],
)
def test_a_folder_without_streams_is_refused(suite: Suite, given: str, said: str) -> None:
    (suite.folder / "bare").mkdir()
    result = suite.pytester.runpytest_inprocess(*PLUGIN, f"--corpus={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_a_suite_that_has_an_option_corpus_keeps_it(suite: Suite, corpus: Path) -> None:
    (suite.folder / "tests").mkdir()
    (suite.folder / "tests" / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--corpus', default='none')\n"
    )
    (suite.folder / "tests" / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    assert pytestconfig.getoption('--corpus') == 'corpus'\n"
    )
    suite.run("tests", "--corpus", "corpus", passed=1)
    (suite.folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    suite.run("--corpus", "corpus", passed=1)
    suite.run("--corpus=corpus", "--streamfold-corpus=corpus", passed=4)


# A suite that uses nothing of it


def test_a_suite_that_does_not_use_the_plugin_imports_nothing_for_it(suite: Suite) -> None:
    (suite.folder / "conftest.py").write_text(
        textwrap.dedent("""
        import sys
        import pytest

        def pytest_sessionstart(session):
            session.config.before = set(sys.modules)

        def pytest_unconfigure(config):
            names = {name.partition(".")[0] for name in sys.modules}
            print("LOADED", sorted(names & {"attrs", "attr", "anyio", "hypothesis", "openai", "json", "cattrs"}))
            print("OURS", sorted(name for name in sys.modules if name.startswith("streamfold")))
    """)
    )
    suite.write("def test_it():\n    pass\n")
    arguments = ["-p", "no:anyio", "-p", "no:hypothesispytest", "-p", "no:_hypothesis_pytestplugin", "-q"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", *PLUGIN, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    bare = [one for one in command if one != "streamfold.adapters.testing.pytest_plugin"]
    del bare[bare.index("-p", bare.index("no:streamfold"))]
    without = subprocess.run(bare, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert "1 passed" in done.stdout
    assert "1 passed" in without.stdout
    loaded = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    assert loaded == [line for line in without.stdout.splitlines() if line.startswith("LOADED")]
    assert "openai" not in loaded[0]
    assert "attr" not in loaded[0]
    assert (
        "OURS ['streamfold', 'streamfold.adapters', 'streamfold.adapters.testing', "
        "'streamfold.adapters.testing.pytest_plugin']" in done.stdout
    )


def test_the_marker_and_the_options_are_in_pytest_s_help(suite: Suite) -> None:
    shown = suite.pytester.runpytest_inprocess(*PLUGIN, "--help").stdout.str()
    for option in (
        "--cassette-record",
        "--cassette-update",
        "--corpus=DIR",
        "--streamfold-corpus=DIR",
        "--corpus-wire",
    ):
        assert option in shown
    markers = suite.pytester.runpytest_inprocess(*PLUGIN, "--markers").stdout.str()
    assert "@pytest.mark.cassette(*paths, wire=None" in markers


def test_the_values_of_faults_are_checked_when_they_are_made() -> None:
    from streamfold.adapters.testing import faults

    for made, why in [
        (lambda: faults.Stall(-1), "Stall: after must be 0 or more, not -1"),
        (lambda: faults.Stall(1, 0), "Stall: seconds must be above zero, not 0"),
        (lambda: faults.Drop(1, more=-1), "Drop: more must be 0 or more, not -1"),
        (lambda: faults.Cut(True), "Cut: after must be 0 or more, not True"),
        (lambda: faults.Cut(1, request=0), "Cut: request must be 1 or more, not 0"),
        (lambda: faults.Repeat(0), "Repeat: after must be 1 or more, not 0"),
        (lambda: faults.Recut(sizes=[1, 0]), "Recut: sizes must be above zero, not (1, 0)"),
        (lambda: faults.Error(1, status=500), "Error: a status comes in the answer's place"),
        (lambda: faults.Error(body={}, exception=OSError()), "Error: give an exception or a body, not both"),
    ]:
        with pytest.raises(ValueError, match=re.escape(why)):
            made()
