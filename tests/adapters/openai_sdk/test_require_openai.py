"""The openai package: given where it is installed, and named with its extra where it is not."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import openai
import pytest
from streamfold.adapters.cassette import read_recording
from streamfold.adapters.driver import resuming
from streamfold.adapters.errors import MissingExtra
from streamfold.adapters.openai_sdk.require_openai import require_openai
from streamfold.adapters.testing import Replay, Rerecording

STREAMS = Path(__file__).parents[2] / "streams"


def replay() -> Replay:
    return Replay(read_recording(STREAMS / "chat_parallel_calls.sse"))


def test_the_package_is_given() -> None:
    assert require_openai("a test") is openai


def resume() -> None:
    async def first() -> None:
        async def nothing() -> Any:
            yield None

        await anext(aiter(resuming(SimpleNamespace(with_options=None), nothing())))

    anyio.run(first)


@pytest.mark.parametrize(
    ("use", "purpose"),
    [
        (lambda: require_openai("this"), "this"),
        (lambda: replay().client(), "to answer a client"),
        (lambda: replay().async_http_client(), "to answer a client"),
        (lambda: Rerecording(Path("none")).client(), "to record"),
        (resume, "to resume a response"),
    ],
    ids=["asked", "client", "http client", "recording", "resuming"],
)
def test_without_the_package_every_use_names_the_extra(
    use: Callable[[], object], purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra) as missing:
        use()
    assert str(missing.value) == f"{purpose} takes the openai client: pip install 'streamfold[openai]'"
