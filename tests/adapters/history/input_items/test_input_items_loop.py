"""Twenty turns of a loop with the openai client's Responses API, before a provider that refuses whatever is wrong."""

from typing import Any

import pytest
from streamfold.adapters.driver import drive_sync
from streamfold.adapters.history import input_items, mcp_approval, tool_output_item
from streamfold.reducer import responses
from support import event_shapes as wired
from support.adapters.strict_client import StrictTransport
from support.adapters.strict_provider import StrictProvider
from support.law_checks import MESSAGE_ID

TURNS = 20
BROKEN_OFF = {3: 0.2, 8: 0.4, 12: 0.6}
"""Turns whose connection breaks, and after which part of the bytes."""
LAST = TURNS - 1
ASKED = {"role": "user", "content": "Look around."}


class Model:
    """A model that reasons before every item, in the open for none but its provider."""

    def __init__(self, store: bool, ids: bool) -> None:
        self.provider = StrictProvider(sealed=set(), calls={}, keeps=store, knows_no_ids=not ids)

    def check(self, body: dict[str, Any]) -> None:
        self.provider.check_input(body["input"])

    def answer(self, turn: int, body: dict[str, Any]) -> bytes:
        assert self.provider.sealed is not None
        assert self.provider.calls is not None
        events, items = [wired.created(f"resp_{turn}")], []
        kinds = ["message"] if turn == LAST else ["message", *["function", "custom", "function"][: 1 + turn % 3]]
        if turn == 6:
            kinds.append("mcp")
        for kind in kinds:
            at = len(items)
            if kind != "function" or at < 3:  # parallel calls share their reasoning
                sealed = f"gAAAA{turn}{at}"
                self.provider.sealed.add(sealed)
                lane = wired.summary_lane(["Hm."] if at else [], at, id=f"rs_{turn}_{at}", encrypted_content=sealed)
                self.provider.followers[f"rs_{turn}_{at}"] = f"it_{turn}_{at + 1}"
                events += lane
                items.append(lane[-1]["item"])
                at += 1
            names = {"id": f"it_{turn}_{at}"}
            text = f'{{"at": {at}}}'
            if kind == "message":
                phase = "final_answer" if turn == LAST else "commentary"
                lane = wired.message_lane("Let me see.", at, phase=phase, **names)
            elif kind == "mcp":
                asked = {"arguments": "{}", "name": "ask", "server_label": "s"}
                lane = wired.server_lane("mcp_approval_request", at, **asked, **names)
            else:
                names["call_id"] = f"call_{turn}_{at}"
                made = wired.call_lane if kind == "function" else wired.custom_lane
                lane = made(text, at, **names)
                name = "get_weather" if kind == "function" else "run_sql"
                self.provider.calls[names["call_id"]] = (name, text)
            events += lane
            items.append(lane[-1]["item"])
        body_of = wired.body([*events, wired.completed(*items, id=f"resp_{turn}")])
        return body_of[: int(len(body_of) * BROKEN_OFF.get(turn, 1))]


@pytest.mark.deep
@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("ids", [True, False])
def test_twenty_turns_of_items_are_accepted(store: bool, ids: bool) -> None:
    model = Model(store, ids)
    transport = StrictTransport(model.check, model.answer)
    history: list[Any] = [ASKED]
    decided, outcomes = 0, set[str]()
    with transport.client() as client:
        for turn in range(TURNS):
            stream = client.responses.create(model="m", input=history, store=store, stream=True)
            with drive_sync(responses, responses.Config(message_id=MESSAGE_ID), stream) as run:
                list(run)
            said = input_items(run.result, store=store, ids=ids)
            history += said.items
            history += [tool_output_item(call, "Done.") for call in said.calls]
            history += [mcp_approval(request, approve=True) for request in said.waiting]
            decided += len(said.waiting)
            if not said.calls:
                history.append(ASKED)
            assert (turn in BROKEN_OFF or not ids) or said.left_out == ()
            outcomes.add(run.result.outcome)
    assert len(transport.requests) == TURNS
    assert outcomes == {"completed", "truncated"}
    assert decided == (1 if ids else 0)
    assert len(model.provider.calls or ()) > TURNS
    model.provider.check_input(history)
