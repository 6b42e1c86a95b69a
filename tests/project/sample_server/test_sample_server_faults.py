"""What the manual's server makes of a provider's bad days: what its client sees, what it keeps, and that it goes on."""

from typing import Any

import pytest

pytest.importorskip("letta_client", reason="Letta's client is not installed: the extra `test` has it")

from streamfold.adapters.testing import Cut, Drop, Error, Recut, Repeat, Stall
from support import event_shapes as events
from support.servers.letta_listening import Client, Listening, kinds, of_kind, serving, text_of
from support.servers.sample_servers import WORDS, Answer, Provider, answering, asking

each_wire = pytest.mark.parametrize("wire", ["chat", "responses"])
both_wires = pytest.mark.parametrize("wire", ["chat", pytest.param("responses", marks=pytest.mark.deep)])
"""Of faults below the wires, which meet both alike."""
FIRST = {"chat": 1, "responses": 4}
"""How many frames have come when the first delta of an answer has."""
CALLED = {"chat": 2, "responses": 2 + len(events.message_lane(WORDS))}
"""How many have come when the first call of `asking` has."""


def texts(request: dict[str, Any]) -> list[str]:
    """What a request's history says, from the first to the last."""
    said = request.get("messages") or request["input"]
    contents = [one["content"] for one in said if one.get("content")]
    return [content if isinstance(content, str) else content[0]["text"] for content in contents]


def called(request: dict[str, Any]) -> list[Any]:
    """The calls in a request's history, and their outputs."""
    said = request.get("messages") or request["input"]
    kinds = ("function_call", "function_call_output")
    return [one for one in said if one.get("tool_calls") or one.get("role") == "tool" or one.get("type") in kinds]


def goes_on(client: Client, provider: Provider) -> dict[str, Any]:
    """The next turn works; the request that it was."""
    provider.answers = [answering(client.wire, text="Better now.")]
    (run,) = client.whole(said="Try again.")
    assert text_of(run.frames) == "Better now."
    assert stop_reason_of(run) == "end_turn"
    assert provider.refused == []
    asked: dict[str, Any] = provider.requests[-1]
    return asked


def stop_reason_of(run: Listening) -> str:
    (stop,) = of_kind(run.frames, "stop_reason")
    return str(stop.stop_reason)


@both_wires
@pytest.mark.parametrize(
    ("fault", "reason", "options"),
    [
        (lambda at: Drop(at), "error", {}),
        (lambda at: Drop(at, more=20), "error", {}),
        (lambda at: Cut(at), "invalid_llm_response", {}),
        (lambda at: Cut(at, more=20), "invalid_llm_response", {}),
        (lambda at: Stall(at), "error", {"idle_timeout": 1.0}),
        (lambda at: Error(at, message="overloaded by sk-123"), None, {}),
    ],
    ids=["drop", "drop within a frame", "cut", "cut within a frame", "stall", "error"],
)
def test_an_answer_that_breaks_off(wire: str, fault: Any, reason: Any, options: Any) -> None:
    provider = Provider(wire, answering(wire, fault(FIRST[wire])))
    with serving(provider, **options) as client:
        (run,) = client.whole()
        said, *told = run.frames
        assert said.content == "It "
        assert stop_reason_of(run) in ((reason,) if reason else ("error", "llm_api_error"))
        failed = stop_reason_of(run) != "invalid_llm_response"
        assert (run.raised is not None) == failed
        assert kinds(told) == ["stop_reason"] + ["usage_statistics"] * (not failed)
        assert "sk-123" not in str(run.raised)
        asked = goes_on(client, provider)
    assert texts(asked) == ["Will it rain?", "Try again."]


@each_wire
@pytest.mark.parametrize(
    "fault", [Drop, Cut, lambda at: Error(at, message="overloaded"), Stall], ids=["drop", "cut", "error", "stall"]
)
def test_calls_of_a_broken_answer_are_not_run_nor_sent_back(wire: str, fault: Any) -> None:
    provider = Provider(wire, asking(wire, fault(CALLED[wire])))
    with serving(provider, idle_timeout=1.0) as client:
        (run,) = client.whole()
        assert of_kind(run.frames, "tool_call_message")
        assert not of_kind(run.frames, "tool_return_message")
        assert stop_reason_of(run) not in ("end_turn", "requires_approval")
        asked = goes_on(client, provider)
    assert called(asked) == []


def test_an_error_after_a_finish_word_fails_the_turn_and_runs_nothing() -> None:
    provider = Provider("chat", asking("chat", Error(3, message="overloaded")))
    with serving(provider) as client:
        (run,) = client.whole()
        assert not of_kind(run.frames, "tool_return_message")
        assert stop_reason_of(run) == "llm_api_error"
        assert called(goes_on(client, provider)) == []


@each_wire
def test_a_second_step_that_breaks_off_keeps_the_first(wire: str) -> None:
    provider = Provider(wire, asking(wire), answering(wire, Drop(FIRST[wire])))
    with serving(provider, asks=False) as client:
        (run,) = client.whole()
        assert stop_reason_of(run) == "error"
        asked = goes_on(client, provider)
    outputs = {one.get("content") or one.get("output") for one in called(asked)}
    assert {"Rain in Oslo.", "Gone."} <= outputs
    assert texts(asked)[0::2][0] == "Will it rain?"
    assert WORDS in texts(asked)


def check_no_harm(wire: str, fault: Any) -> None:
    provider = Provider(wire, answering(wire, fault))
    with serving(provider) as client:
        (run,) = client.whole()
        assert text_of(run.frames) == "It rains."
        assert stop_reason_of(run) == "end_turn"
        asked = goes_on(client, provider)
    assert texts(asked) == ["Will it rain?", "It rains.", "Try again."]


@both_wires
@pytest.mark.parametrize("fault", [Recut(sizes=[1]), Recut(3), Stall(2, 0.02)], ids=["bytes", "pieces", "pause"])
def test_what_is_no_harm_is_none(wire: str, fault: Any) -> None:
    check_no_harm(wire, fault)


def test_what_comes_twice_is_told_by_its_number() -> None:
    check_no_harm("responses", Repeat(2))


@both_wires
def test_garbage_between_frames_is_no_harm(wire: str) -> None:
    body = answering(wire).body
    at = body.index(b"\n\n") + 2
    garbage = b": a comment\n\n" + b"data: ping\n\n" + b"event: oops\ndata: \n\n"
    provider = Provider(wire)
    provider.answers = [Answer(body[:at] + garbage + body[at:])]
    with serving(provider) as client:
        (run,) = client.whole()
        assert text_of(run.frames) == "It rains."
        assert stop_reason_of(run) == "end_turn"
        assert texts(goes_on(client, provider))[1] == "It rains."


@both_wires
def test_a_page_in_place_of_an_answer_fails_the_turn(wire: str) -> None:
    provider = Provider(wire, Answer(b"<html><body><h1>Bad gateway</h1></body></html>"))
    with serving(provider) as client:
        (run,) = client.whole()
        assert stop_reason_of(run) in ("error", "llm_api_error")
        assert texts(goes_on(client, provider)) == ["Will it rain?", "Try again."]


@both_wires
def test_a_status_in_place_of_an_answer_is_an_error(wire: str) -> None:
    provider = Provider(wire, answering(wire, Error(status=503)))
    with serving(provider) as client:
        (run,) = client.whole()
        assert (kinds(run.frames), stop_reason_of(run)) == (["stop_reason"], "error")
        assert run.raised is not None
        assert texts(goes_on(client, provider)) == ["Will it rain?", "Try again."]
