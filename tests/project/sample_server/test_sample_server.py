"""The manual's server, over loopback: the real openai client behind it, a strict provider, and Letta's own client."""

import pytest

pytest.importorskip("letta_client", reason="Letta's client is not installed: the extra `test` has it")

import anyio
from letta_client import NotFoundError
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.testing import Replay, Stall
from support.adapters.strict_provider import StrictProvider, sealed_in
from support.servers.sample_servers import (
    Provider,
    agent_loop,
    answering,
    asking,
    kinds,
    of_kind,
    serving,
    stepping,
    text_of,
)

each_wire = pytest.mark.parametrize("wire", ["chat", "responses"])
ALLOWED = {"allow": True}


@each_wire
@pytest.mark.parametrize("allowed", [True, False])
def test_a_turn_calls_tools_side_by_side_and_asks_a_person(wire: str, allowed: bool) -> None:
    provider = Provider(wire, asking(wire), answering(wire))
    with serving(provider) as client:
        frames = client.whole({"allow": allowed, "reason": "Not that."}).frames
    returned = [frame.tool_return for frame in of_kind(frames, "tool_return_message")]
    refused = "The user did not allow this tool call: Not that."
    assert sorted(returned) == sorted(["Rain in Oslo.", "Gone." if allowed else refused])
    assert text_of(frames) == "Wait.It rains."
    assert kinds(frames)[-2:] == ["stop_reason", "usage_statistics"]
    assert frames[-2].stop_reason == "end_turn"
    one = 16 if wire == "chat" else 49
    assert (frames[-1].total_tokens, len(provider.requests)) == (2 * one, 2)
    assert [len(request["tools"]) for request in provider.requests] == [2, 2]


@each_wire
def test_numbers_count_what_was_sent_in_one_run_over_all_its_steps(wire: str) -> None:
    with serving(Provider(wire, asking(wire), answering(wire), answering(wire))) as client:
        runs = [client.whole(ALLOWED), client.whole()]
    for run in runs:
        numbered = [frame for frame in run.frames if frame.message_type not in ("stop_reason", "usage_statistics")]
        assert [frame.seq_id for frame in numbered] == list(range(1, len(run.frames) - 1))
        assert {frame.run_id for frame in numbered} == {run.run_id}
    assert {frame.step_id for frame in of_kind(runs[0].frames, "assistant_message")} == {"step-1", "step-2"}


@each_wire
def test_a_stopped_turn_ends_where_it_is(wire: str) -> None:
    said = 1 if wire == "chat" else 4
    with serving(Provider(wire, answering(wire, Stall(said))), beat=0.05) as client:
        with client.begin() as run:
            assert [run.next().message_type, run.next().message_type] == ["assistant_message", "ping"]
            client.post(f"/runs/{run.run_id}/stop")
            rest = run.rest()
    assert kinds(rest) == ["stop_reason", "usage_statistics"]
    assert of_kind(rest, "stop_reason")[0].stop_reason == "cancelled"


@each_wire
def test_who_hangs_up_stops_nothing_and_may_listen_again(wire: str) -> None:
    with serving(Provider(wire, asking(wire), answering(wire))) as client:
        with client.begin() as run:
            asked = run.until("approval_request_message")
        client.post(f"/runs/{run.run_id}/calls/{asked.tool_call.tool_call_id}", ALLOWED)
        with client.again(run.run_id, asked.seq_id) as later:
            rest = later.rest()
        with client.again(run.run_id) as whole:
            assert [*run.frames, *rest] == whole.rest()
        assert kinds(rest)[-1] == "usage_statistics"
        with pytest.raises(NotFoundError), client.again("run-nobody"):
            pass


@each_wire
def test_a_stop_before_an_approval_leaves_a_history_to_go_on_from(wire: str) -> None:
    provider = Provider(wire, asking(wire), answering(wire, text="Never."), answering(wire))
    with serving(provider) as client:
        with client.begin() as run:
            run.until("approval_request_message")
            client.post(f"/runs/{run.run_id}/stop")
            assert of_kind(run.rest(), "stop_reason")[0].stop_reason == "cancelled"
        provider.answers = [answering(wire)]
        frames = client.whole(previous=run.run_id, input="And tomorrow?").frames
    assert (text_of(frames), provider.refused) == ("It rains.", [])


@each_wire
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.deep
def test_twenty_steps_and_no_more(wire: str, last: bool) -> None:
    asks = agent_loop.MOST_STEPS - last
    provider = Provider(wire, *(stepping(wire, step) for step in range(asks)), *[answering(wire)] * last)
    with serving(provider) as client:
        run = client.whole(ALLOWED)
        assert len(of_kind(run.frames, "tool_return_message")) == 2 * asks
        assert of_kind(run.frames, "stop_reason")[0].stop_reason == ("end_turn" if last else "max_steps")
        provider.answers = [answering(wire)]
        client.whole(previous=run.run_id, input="And tomorrow?")
    assert provider.refused == []
    history = provider.requests[-1].get("messages") or provider.requests[-1]["input"]
    assert [*sealed_in(history)] == [f"{'c2ln' if wire == 'chat' else 'gAAAA'}{step}" for step in range(asks)]


@each_wire
def test_a_stop_while_calls_come_runs_none_of_them(wire: str) -> None:
    async def main() -> agent_loop.Turn:
        ran: list[str] = []

        async def remove() -> str:
            ran.append("remove")
            return "Gone."

        def say(said: object) -> None:
            if getattr(said, "message_type", "") in ("tool_call_message", "approval_request_message"):
                turn.stop.set()

        tools = agent_loop.Tools({"weather": remove, "remove": remove}, {})
        client = Replay(recording_of(asking(wire).body, wire)).async_client()
        asked = [{"role": "user", "content": "Will it rain?"}]
        turn = agent_loop.Turn(client, "m", wire, tools, say, "run-1", asked)  # type: ignore[arg-type]
        await turn.work()
        assert ran == []
        return turn

    turn = anyio.run(main)
    assert turn.result is not None
    assert turn.result.tool_calls
    history = [*turn.input, {"role": "user", "content": "And tomorrow?"}]
    strict = StrictProvider(keeps=False)
    (strict.check_messages if wire == "chat" else strict.check_input)(history)
