"""One call of a turn: its pieces as JSON at every moment, and its end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.protocols.acts import CallGrew, CallOpened, CallReady, CallRefused
from streamfold.adapters.protocols.turn_calls import TurnCall, close, grow, opened
from streamfold.reducer.doubts import STILL_OPEN
from streamfold.reducer.messages import ToolCallClosed
from support.law_checks import MESSAGE_ID
from support.worlds import cuts, json_objects, unit_cuts

CALL = TurnCall("c", 1, name="run", status="open")
CLOSED = ToolCallClosed(MESSAGE_ID, None, None, "c")


def grown(pieces: list[str], call: TurnCall = CALL) -> tuple[TurnCall, str, str]:
    """The call after these pieces, what they are joined, and what they are joined as JSON."""
    raw = shown = ""
    for piece in pieces:
        call, acts = grow(call, piece)
        for act in acts:
            assert isinstance(act, CallGrew)
            raw, shown = raw + act.delta, shown + act.json
    return call, raw, shown


@given(st.data(), json_objects)
def test_a_functions_arguments_are_told_as_they_came(data: st.DataObject, value: dict[str, object]) -> None:
    text = data.draw(st.sampled_from(["", " \n"])) + json.dumps(value)
    call, raw, shown = grown(data.draw(unit_cuts(text)))
    assert raw == shown == text
    after, acts = close(call, CLOSED)
    assert acts == (CallReady("c", "run", value),)
    assert after.status == "ready"


@given(
    st.data(), st.text(min_size=1).filter(lambda text: text.strip(" \t\r\n") and text.lstrip(" \t\r\n")[0] not in "{n")
)
def test_raw_text_is_a_json_string_however_it_is_cut(data: st.DataObject, text: str) -> None:
    call, raw, shown = grown(data.draw(cuts(text)))  # a fold's messages never part the halves of a character
    _, acts = close(call, CLOSED)
    assert raw == text
    assert json.loads(shown + acts[0].json) == text  # type: ignore[union-attr]
    assert acts[1] == CallReady("c", "run", text)


@pytest.mark.parametrize(
    ("text", "shown", "given_"),
    [
        ("", "", {}),
        (" \n", "", {}),
        ("null", "", {}),
        ("{", "{", "{"),
        ("nul", '"nul"', "nul"),
        ("nulls", '"nulls"', "nulls"),
    ],
)
def test_nothing_and_null_are_an_empty_object(text: str, shown: str, given_: object) -> None:
    call, raw, told = grown(list(text))
    _, acts = close(call, CLOSED)
    assert (raw, told + "".join(act.json for act in acts if isinstance(act, CallGrew))) == (text, shown)
    assert acts[-1] == CallReady("c", "run", given_)


def test_raw_text_by_name_may_be_empty() -> None:
    named, acts = opened(TurnCall("c", 1, name="run"), "text-1", {"run"})
    assert acts == (CallOpened("c", "run", "text-1"),)
    assert opened(named, None, ()) == (named, ())
    assert close(named, CLOSED)[1] == (CallGrew("c", "", '""'), CallReady("c", "run", ""))


def test_a_call_that_is_doubted_or_never_closed_is_refused() -> None:
    call, _, _ = grown(['{"a"'])
    doubted = ToolCallClosed(MESSAGE_ID, None, None, "c", (STILL_OPEN,))
    assert close(call, doubted)[1] == (CallRefused("c", "run", '{"a"', STILL_OPEN.detail),)
    after, acts = close(call, None)
    assert acts == (CallRefused("c", "run", '{"a"', "The call is not whole."),)
    assert after.status == "refused"
