"""The manual's chat, between a provider of recordings and a client of its protocol: no model, and no key."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamfold.adapters.server.provider import Settings
from streamfold.adapters.testing import Drop, Error
from support import chat_shapes as shapes
from support.serving.client_frames import PROTOCOLS, text_of, whole
from support.serving.on_loopback import served
from support.serving.recorded_provider import provider

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_server"))

from chat_screen import app

ROOT = Path(__file__).parents[2]
USER = {"id": "user-1", "role": "user", "parts": [{"type": "text", "text": "Will it rain in Oslo?"}]}
VERCEL = PROTOCOLS["vercel"]
CALL = shapes.calls(shapes.call(0, "call_0", "weather", '{"city": "Oslo"}'))
ASKS = shapes.sse(shapes.delta(content="Let me look. "), CALL, shapes.finished("tool_calls"), shapes.DONE)
SAYS = shapes.sse(shapes.delta(content="Take an umbrella."), shapes.finished("stop"), shapes.DONE)


@contextmanager
def chatting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *faults: Any, recordings: tuple[bytes, ...] = (ASKS, SAYS)
) -> Iterator[str]:
    """The application before the recordings, in turn."""
    for number, recording in enumerate(recordings):
        (tmp_path / f"{number}.sse").write_bytes(recording)
    with provider(tmp_path, settings=Settings(faults=faults)) as upstream, served(app) as url:
        for name, value in (("OPENAI_BASE_URL", f"{upstream}/v1"), ("OPENAI_API_KEY", "none"), ("MODEL", "gpt-5")):
            monkeypatch.setenv(name, value)
        yield f"{url}/api/chat"


def ask(url: str) -> bytes:
    asked = {"id": "chat-1", "trigger": "submit-message", "messages": [USER]}
    return httpx.post(url, json=asked, timeout=60).content


def test_a_turn_reaches_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chatting(tmp_path, monkeypatch) as url:
        for _ in range(2):
            events = whole(ask(url), VERCEL, "completed")
            assert text_of(events, VERCEL) == "Let me look. Take an umbrella."
            (given,) = [event for event in events if event["type"] == "tool-output-available"]
            assert given == {"type": "tool-output-available", "toolCallId": "call_0", "output": "It rains in Oslo."}


@pytest.mark.parametrize(
    ("call", "output"),
    [
        (shapes.call(0, "call_0", "rain", "{}"), "Error: KeyError('rain')"),
        (shapes.call(0, "call_0", "weather", '{"town": "Oslo"}'), "Error: TypeError("),
    ],
    ids=["name", "arguments"],
)
def test_a_call_that_no_tool_takes_gives_an_error_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any, output: str
) -> None:
    asks = shapes.sse(shapes.calls(call), shapes.finished("tool_calls"), shapes.DONE)
    with chatting(tmp_path, monkeypatch, recordings=(asks, SAYS)) as url:
        events = whole(ask(url), VERCEL, "completed")
        (given,) = [event for event in events if event["type"] == "tool-output-available"]
        assert given["output"].startswith(output)


@pytest.mark.deep
def test_a_model_that_calls_forever_is_asked_twenty_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chatting(tmp_path, monkeypatch, recordings=(ASKS,)) as url:
        events = [json.loads(line[6:]) for line in ask(url).splitlines() if line.startswith(b"data: {")]
        assert [event["type"] for event in events].count("start-step") == 20
        assert events[-1]["type"] == "finish"


@pytest.mark.parametrize("fault", [Drop(1), Drop(1, request=2), Error(status=400), Error(1, message="no seats")])
def test_what_goes_wrong_is_told_on_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    with chatting(tmp_path, monkeypatch, fault) as url:
        events = whole(ask(url), VERCEL, "failed")
        assert events[-1]["errorText"] == "The model provider could not answer."


def test_the_manual_shows_this_application() -> None:
    code = (ROOT / "tests" / "sample_server" / "chat_screen.py").read_text("utf-8").partition('"""\n\n')[2]
    assert f"```python\n{code}```" in (ROOT / "docs" / "serving.md").read_text("utf-8")
