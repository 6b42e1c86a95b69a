"""The manual's agent server and the real clients, over loopback: turns, approvals, coming back, and the stop button."""

from pathlib import Path
from typing import Any

import pytest
from screens import clients
from streamfold.adapters.testing import Stall
from support.servers.sample_servers import Provider, agent_server, answering, asking, stepping

pytestmark = pytest.mark.skipif(clients.reason_to_skip() is not None, reason=str(clients.reason_to_skip()))
SDKS = ("ai5", "ai6", "ai7first", "ai7")
each_sdk = pytest.mark.parametrize("client", SDKS)
each_client = pytest.mark.parametrize("client", [*SDKS, "agui"])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.install(tmp_path_factory.mktemp("clients"))


def texts(shown: list[dict[str, Any]], client: str) -> list[str]:
    """The texts of an answer, in order."""
    if client == "agui":
        return [one["content"] for one in shown if one["role"] == "assistant" and one.get("content")]
    return [part["text"] for part in shown if part["type"] == "text"]


def outputs(shown: list[dict[str, Any]], client: str) -> list[str]:
    """What the tools of an answer gave, in order."""
    if client == "agui":
        return [one["content"] for one in shown if one["role"] == "tool"]
    return [part.get("output") or part["state"] for part in shown if part["type"].startswith("tool-")]


@each_client
@pytest.mark.parametrize("wire", ["chat", "responses"])
def test_a_turn_of_several_calls_is_shown(installed: Path, tmp_path: Path, client: str, wire: str) -> None:
    provider = Provider(wire, stepping(wire, 0), asking(wire), answering(wire))
    with agent_server(provider, tmp_path, asks=False) as url:
        said = clients.talk(installed, client, url, "turn")
    assert said["errors"] == []
    assert texts(said["shown"], client) == ["Wait.", "It rains."]
    assert outputs(said["shown"], client) == ["Rain in Oslo.", "Gone."] * 2


@pytest.mark.parametrize("client", ["ai6", "ai7", "agui"])
@pytest.mark.parametrize("script", ["allow", "refuse"])
def test_a_person_decides(installed: Path, tmp_path: Path, client: str, script: str) -> None:
    provider = Provider("chat", asking("chat"), answering("chat"))
    with agent_server(provider, tmp_path) as url:
        said = clients.talk(installed, client, url, script)
    assert said["errors"] == []
    assert texts(said["shown"], client) == ["Wait.", "It rains."]
    refused = "output-denied" if client != "agui" else "The user did not allow this tool call: No reason was given."
    assert outputs(said["shown"], client) == ["Rain in Oslo.", "Gone." if script == "allow" else refused]
    assert [one["role"] for one in provider.requests[-1]["messages"]] == ["user", "assistant", "tool", "tool"]


@each_client
def test_a_client_that_comes_in_the_middle_has_all_of_it(installed: Path, tmp_path: Path, client: str) -> None:
    provider = Provider("chat", stepping("chat", 0), answering("chat", Stall(1, 1.0)))
    with agent_server(provider, tmp_path, asks=False) as url:
        said = clients.talk(installed, client, url, "join")
    assert said["errors"] == []
    assert said["shown"] == said["kept"]
    assert texts(said["shown"], client) == ["It rains."]
    assert said.get("late", []) == []


@each_client
def test_the_stop_button_ends_the_answer(installed: Path, tmp_path: Path, client: str) -> None:
    with agent_server(Provider("chat", answering("chat", Stall(1))), tmp_path) as url:
        said = clients.talk(installed, client, url, "stop")
    assert said["errors"] == []
    assert texts(said["shown"], client) == ["It "]
