"""Arguments of which nothing says whose they are."""

from itertools import permutations
from typing import Any

import pytest
from streamfold.reducer import Ended, Undecodable, chat
from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, Delta
from streamfold.reducer.messages import ToolCallMessage
from support.alphabets import FINISH, called, said
from support.law_checks import MESSAGE_ID

Made = list[tuple[str, str, str, list[str]]]
RAW = said(Delta(tool_calls=(CallDelta(index=7, id="raw", custom=CustomDelta(name="sh", input="ls")),)))


def made(*chunks: Any) -> Made:
    """Each call: its id, name and arguments, and the doubts about it; what the messages say of it is the same."""
    state, messages = chat.start(chat.Config(message_id=MESSAGE_ID))
    emitted = [*messages]
    for chunk in chunks:
        state, messages = chat.step(state, chunk)
        emitted += messages
    state, messages = chat.finish(state, Ended())
    emitted += messages
    said: dict[str, str] = {}
    for message in emitted:
        if isinstance(message, ToolCallMessage):
            delta = message.tool_call
            said[delta.tool_call_id] = said.get(delta.tool_call_id, "") + (delta.arguments or "")
    calls = chat.result(state).tool_calls
    assert [said.get(call.id, "") or "{}" for call in calls] == [call.arguments or "{}" for call in calls]
    return [(call.id, call.name, call.arguments, [doubted.doubt.value for doubted in call.doubts]) for call in calls]


def test_the_one_call_that_they_make_whole_gets_them() -> None:
    empty, orphan = called(0, "a", "rm", ""), called(1, piece='{"k":1}')
    assert made(empty, orphan, FINISH) == made(orphan, empty, FINISH) == [("a", "rm", '{"k":1}', [])]
    begun = called(0, "a", "rm", '{"k":')
    assert made(begun, called(5, piece="[1"), called(5, piece="]}"), FINISH) == [("a", "rm", '{"k":[1]}', [])]


def test_a_later_id_or_name_at_their_index_claims_them() -> None:
    orphan = called(1, piece='{"k":1}')
    whole = [("a", "rm", '{"k":1}', [])]
    assert made(orphan, called(1, "a", "rm"), FINISH) == whole
    assert made(orphan, called(1, "a"), called(1, name="rm"), FINISH) == whole
    (claimed,) = made(orphan, called(1, name="rm"), FINISH)
    assert claimed[1:] == ("rm", '{"k":1}', [])


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_of_two_calls_that_they_may_be_neither_is_safe(order: tuple[int, ...]) -> None:
    chunks = [called(0, "a", "rm", ""), called(1, "b", "ls", ""), called(2, piece='{"k":1}')]
    calls = {call[1]: call[3] for call in made(*(chunks[at] for at in order), FINISH)}
    assert calls == {"rm": ["ORPHAN_ARGUMENTS"], "ls": ["ORPHAN_ARGUMENTS"], "": ["NO_NAME"]}


def test_a_call_with_whole_arguments_keeps_out_of_it() -> None:
    whole, empty, orphan = called(0, "a", "rm", '{"k":1}'), called(1, "b", "ls", ""), called(2, piece='{"k":2}')
    assert made(whole, empty, orphan, FINISH) == [("a", "rm", '{"k":1}', []), ("b", "ls", '{"k":2}', [])]
    calls = made(whole, orphan, FINISH)
    assert [(call[1], call[3]) for call in calls] == [("rm", []), ("", ["NO_NAME"])]


def test_two_orphans_are_nobody_s() -> None:
    chunks = called(0, "a", "rm", ""), called(1, piece='{"k":1}'), called(2, piece='{"k":2}'), FINISH
    assert [call[3] for call in made(*chunks)] == [["ORPHAN_ARGUMENTS"], ["NO_NAME"], ["NO_NAME"]]


@pytest.mark.parametrize("piece", ['{"k"', "[1]", "nul", '{"k":1}{"k":2}'])
def test_what_makes_no_call_whole_is_nobody_s(piece: str) -> None:
    first = made(called(0, "a", "rm", ""), called(1, piece=piece), FINISH)[0]
    assert first[3] == ["ORPHAN_ARGUMENTS"]


def test_raw_text_gets_none_and_is_in_doubt() -> None:
    calls = made(RAW, called(1, piece='{"k":1}'), FINISH)
    assert [(call[1], call[2], call[3]) for call in calls] == [
        ("sh", "ls", ["ORPHAN_ARGUMENTS"]),
        ("", '{"k":1}', ["NO_NAME"]),
    ]


def test_a_frame_lost_in_them_is_the_call_s_doubt() -> None:
    lost, named = Undecodable("bad", lost=True), called(0, "a", "rm", "")
    begun, rest = called(1, piece='{"k":'), called(1, piece="1}")
    for chunks in ((begun, lost, named, rest), (named, begun, lost, rest), (begun, lost, rest, named)):
        assert made(*chunks, FINISH) == [("a", "rm", '{"k":1}', ["FRAME_LOST"])]


def test_they_are_read_with_no_more_than_64_calls() -> None:
    begun = [called(at, f"c{at}", "rm", '{"a":[') for at in range(1, 66)]
    calls = made(*begun, called(0, piece="1]}"), FINISH)
    assert {tuple(call[3]) for call in calls[:-1]} == {("NOT_JSON", "ORPHAN_ARGUMENTS")}


def test_before_the_answer_is_over_nothing_is_given_away() -> None:
    calls = made(called(0, "a", "rm", ""), called(1, piece='{"k":1}'))
    assert [(call[1], call[2]) for call in calls] == [("rm", ""), ("", '{"k":1}')]
    assert calls[0][3] == ["NOT_JSON", "CUT_OFF"]


def test_what_comes_later_there_is_the_call_s_that_got_them() -> None:
    begun = called(0, "a", "rm", ""), called(1, piece='{"k":1}'), FINISH
    assert made(*begun, called(1, piece='{"k": 1}')) == [("a", "rm", '{"k":1}', [])]
    assert made(*begun, called(1, piece="x"))[0][2:] == ('{"k":1}x', ["NOT_JSON", "CONFLICTING_WHOLE"])
    assert [call[:3] for call in made(*begun, called(1, "b", "ls", "{}"), FINISH)] == [
        ("a", "rm", '{"k":1}'),
        ("b", "ls", "{}"),
    ]
