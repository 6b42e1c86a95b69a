"""The real client over a recording: its classes, its closing, its silences, on asyncio, trio and threads."""

import pytest
from support.adapters.suites import CLIENTS, ON_ASYNCIO_OR_TRIO, PLUGIN, Suite

pytest_plugins = ["pytester"]


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


@pytest.mark.deep
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
