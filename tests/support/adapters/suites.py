"""Suites of somebody's, with the pytest plugin: written, run in this process, and counted."""

import gc
import shutil
import textwrap
from pathlib import Path

import pytest
import streamfold.adapters.testing.pytest_cassette  # loaded here, so that no suite within loads it anew
import streamfold.adapters.testing.pytest_corpus  # noqa: F401
from streamfold.adapters.cassette.format import Recorder
from streamfold.reducer import chat
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CHAT = (STREAMS / "chat_parallel_calls.sse").read_bytes()
RESPONSES = (STREAMS / "responses_web_search.sse").read_bytes()

# Where the plugin is installed, the outer run has it loaded already; that is no news of the inner one's.
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
PLUGIN = ("-p", "no:streamfold", "-p", "streamfold.adapters.testing.pytest_plugin", "-p", "no:cacheprovider", *QUIET)


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


CLIENTS = """
    import anyio, openai, pytest
    from streamfold.adapters.driver.run import drive
    from streamfold.adapters.cassette.faults import *
    from streamfold.adapters.testing.replay import Replay
    from streamfold.adapters.driver.sync_run import drive_sync

    def asked(client):
        return client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi"}], stream=True)
"""

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
