"""The manual's server, over loopback: the real openai client behind it, a strict provider, and Letta's own client."""

import asyncio

import anyio
import pytest

pytest.importorskip("letta_client", reason="Letta's client is not installed: the extra `test` has it")

from letta_client import APIStatusError, BadRequestError, NotFoundError
from streamfold.adapters.testing import Stall
from support.adapters.strict_provider import sealed_in
from support.servers.letta_listening import AGENT, kinds, of_kind, serving, text_of
from support.servers.sample_servers import Provider, agent_loop, answering, asking, stepping

each_wire = pytest.mark.parametrize("wire", ["chat", "responses"])


@each_wire
@pytest.mark.parametrize("allowed", [True, False])
def test_a_turn_runs_tools_and_asks_a_person_for_the_others(wire: str, allowed: bool) -> None:
    provider = Provider(wire, asking(wire), answering(wire))
    with serving(provider) as client:
        asks, goes_on = client.whole(allowed, reason="Not that.")
    ran, decided = ([one.tool_return for one in of_kind(run.frames, "tool_return_message")] for run in (asks, goes_on))
    assert ran == ["Rain in Oslo."]
    assert decided == ["Gone." if allowed else "The user did not allow this tool call: Not that."]
    assert (text_of(asks.frames), text_of(goes_on.frames)) == ("Wait.", "It rains.")
    for run, reason in ((asks, "requires_approval"), (goes_on, "end_turn")):
        assert kinds(run.frames)[-2:] == ["stop_reason", "usage_statistics"]
        assert run.frames[-2].stop_reason == reason
        assert (run.frames[-1].total_tokens, run.frames[-1].step_count) == (16 if wire == "chat" else 49, 1)
    assert [len(request["tools"]) for request in provider.requests] == [2, 2]


@each_wire
def test_several_model_calls_are_one_run_whose_messages_are_numbered(wire: str) -> None:
    provider = Provider(wire, stepping(wire, 0), asking(wire), answering(wire))
    with serving(provider, asks=False) as client:
        (run,) = client.whole()
    numbered = run.frames[:-2]
    assert [frame.seq_id for frame in numbered] == list(range(1, len(numbered) + 1))
    assert {frame.run_id for frame in numbered} == {run.run_id}
    assert len(of_kind(run.frames, "tool_return_message")) == 4
    assert {frame.step_id for frame in of_kind(run.frames, "assistant_message")} == {"step-2", "step-3"}
    assert run.frames[-1].step_count == 3


@each_wire
def test_a_stopped_turn_ends_where_it_is(wire: str) -> None:
    said = 1 if wire == "chat" else 4
    with serving(Provider(wire, answering(wire, Stall(said))), beat=0.05) as client, client.begin() as run:
        assert run.next().message_type == "assistant_message"
        client.stop()
        rest = run.rest()
    assert kinds(rest) == ["stop_reason", "usage_statistics"]
    assert rest[0].stop_reason == "cancelled"


async def hangs(city: str) -> str:
    await anyio.sleep_forever()
    return city


async def is_cancelled_elsewhere(city: str) -> str:
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task
    return city


@each_wire
def test_a_tool_that_is_stopped_has_an_output(wire: str) -> None:
    provider = Provider(wire, asking(wire), answering(wire))
    with serving(provider, asks=False, weather=hangs) as client:
        with client.begin() as run:
            run.until("tool_return_message")  # of the other tool
            client.stop()
            rest = run.rest()
        assert kinds(rest) == ["tool_return_message", "stop_reason", "usage_statistics"]
        assert (rest[0].tool_return, rest[0].status) == (agent_loop.STOPPED, "error")
        assert rest[1].stop_reason == "cancelled"
        (run,) = client.whole(said="And tomorrow?")
    assert (text_of(run.frames), provider.refused) == ("It rains.", [])
    told = [str(one) for one in provider.requests[-1].get("messages") or provider.requests[-1]["input"]]
    assert sum(agent_loop.STOPPED in one for one in told) == 1
    assert "And tomorrow?" in told[-1]


def test_a_tool_that_is_cancelled_elsewhere_ends_no_turn() -> None:
    provider = Provider("chat", asking("chat"), answering("chat"))
    with serving(provider, asks=False, weather=is_cancelled_elsewhere) as client:
        (run,) = client.whole()
    returned = of_kind(run.frames, "tool_return_message")
    assert sorted({one.tool_call_id for one in returned}) == ["call_0", "call_1"]
    assert (text_of(run.frames), provider.refused) == ("Wait.It rains.", [])


@each_wire
def test_who_hangs_up_stops_nothing_and_may_listen_again(wire: str) -> None:
    with serving(Provider(wire, stepping(wire, 0), asking(wire), answering(wire)), asks=False) as client:
        with client.begin() as run:
            called = run.until("tool_call_message")
        with client.again(run.run_id, called.seq_id) as later:
            rest = later.rest()
        with client.again(run.run_id) as whole:
            said = [*run.frames, *rest]
            assert [frame.model_copy(update=DATELESS) for frame in said] == [
                frame.model_copy(update=DATELESS) for frame in whole.rest()
            ]
        assert kinds(rest)[-1] == "usage_statistics"
        with pytest.raises(NotFoundError), client.again("run-nobody"):
            pass


DATELESS = {"date": None}


@each_wire
def test_a_user_who_goes_on_without_deciding_has_refused(wire: str) -> None:
    provider = Provider(wire, asking(wire), answering(wire))
    with serving(provider) as client:
        client.whole()
        (run,) = client.whole(said="And tomorrow?")
    (refused,) = of_kind(run.frames, "tool_return_message")
    assert refused.tool_return == f"The user did not allow this tool call: {agent_loop.UNDECIDED}"
    assert (text_of(run.frames), provider.refused) == ("It rains.", [])


def test_a_turn_that_has_asked_often_enough_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_loop, "MOST_STEPS", 2)
    provider = Provider("chat", stepping("chat", 0), stepping("chat", 1))
    with serving(provider, asks=False) as client:
        (run,) = client.whole()
    assert (run.frames[-2].stop_reason, run.frames[-1].step_count) == ("max_steps", 2)


@each_wire
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.deep
def test_twenty_steps_and_no_more(wire: str, last: bool) -> None:
    asks = agent_loop.MOST_STEPS - last
    provider = Provider(wire, *(stepping(wire, step) for step in range(asks)), *[answering(wire)] * last)
    with serving(provider, asks=False) as client:
        (run,) = client.whole()
        assert len(of_kind(run.frames, "tool_return_message")) == 2 * asks
        assert run.frames[-1].step_count == agent_loop.MOST_STEPS
        assert run.frames[-2].stop_reason == ("end_turn" if last else "max_steps")
        provider.answers = [answering(wire)]
        client.whole(said="And tomorrow?")
    assert provider.refused == []
    history = provider.requests[-1].get("messages") or provider.requests[-1]["input"]
    assert [*sealed_in(history)] == [f"{'c2ln' if wire == 'chat' else 'gAAAA'}{step}" for step in range(asks)]


@each_wire
def test_what_cannot_be_asked_is_refused(wire: str) -> None:
    with serving(Provider(wire, answering(wire, Stall(1 if wire == "chat" else 4)))) as client:
        for body in ({}, {"messages": []}, {"messages": [{"role": "user"}]}, {"messages": [{"type": "approval"}]}):
            with pytest.raises(BadRequestError):
                client.letta.post(f"/v1/agents/{AGENT}/messages", body=body, cast_to=object)
        with client.begin() as run:
            run.next()
            with pytest.raises(APIStatusError) as raised, client.begin("And tomorrow?"):
                pass
            client.stop()
            run.rest()
        assert raised.value.status_code == 409
