"""What the tests with suites within share."""

import gc

import anyio
import openai
import pytest
from support.adapters.suites import CHAT, Suite
from support.loopback import Loopback, whole


@pytest.fixture(scope="session")
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
def suite(pytester: pytest.Pytester, everything_loaded: None, monkeypatch: pytest.MonkeyPatch) -> Suite:
    for name in ("CI", "BUILD_NUMBER"):  # where they are set, pytest repeats an error's whole text in its summary
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester)
