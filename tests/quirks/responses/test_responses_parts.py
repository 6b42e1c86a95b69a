"""What providers really send on the Responses wire: parts by evidence, early ends, late text (Q88, Q89)."""

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.laws.evidence import spoken
from streamfold.reducer.result import ReasoningPart, RefusalPart, TextPart
from support.event_shapes import (
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    completed,
    created,
    folded,
    function_call,
    input_delta,
    item_added,
    item_done,
    message,
    message_lane,
    numbered,
    part_added,
    part_done,
    raw_delta,
    raw_done,
    reasoning,
    refusal_delta,
    summary_delta,
    text_delta,
    text_done,
    text_part,
    without,
)
from support.law_checks import channels

HAIL = "Hail falls on Oslo."


def cut(text: str) -> list[list[str]]:
    """The text in one piece, in two at every place, and by characters."""
    halves = [[text[:at], text[at:]] for at in range(1, len(text))]
    return [[text], *halves, list(text)]


def both(events: list[EventJson]) -> tuple[str, str]:
    """The text of the messages, and of the result, once it was found that nothing contradicts."""
    fold = folded([created(), *events])
    assert fold.notes("mismatch") == []
    return channels(fold.messages)["text"], fold.result.text


# Q88


@pytest.mark.deep
@pytest.mark.parametrize("pieces", cut("Hail!"))
@pytest.mark.parametrize("last", [0, 1, 7], ids=["done as begun", "done at 1", "done at 7"])
@pytest.mark.parametrize("first", [0, 3], ids=["from 0", "from 3"])
@pytest.mark.parametrize("told", [True, False], ids=["begun", "not begun"])
def test_q88_a_content_index_that_grows_with_each_delta_is_one_part(
    pieces: list[str], last: int, first: int, told: bool
) -> None:
    text = "".join(pieces)
    lane = [begun(message())] + ([part_added(text_part(""), at=first)] if told else [])
    lane += [text_delta(piece, at=first + at) for at, piece in enumerate(pieces)]
    lane += [text_done(text, at=last), part_done(text_part(text), at=last), item_done(message(0, text))]
    for end in range(2, len(lane) + 1):
        said, result = both(lane[:end])
        assert said == result == "".join(event.get("delta", "") for event in lane[:end])
    fold = folded([created(), *lane, completed(message(0, text, id="msg_9"))])
    assert fold.result.content == (TextPart(text),)
    assert channels(fold.messages)["text"] == text
    assert fold.notes("mismatch") == []


def test_q88_raw_reasoning_drifts_as_text_does() -> None:
    lane = [begun(reasoning()), *(raw_delta(piece, at=at) for at, piece in enumerate(("Hm", ", hail", ".")))]
    lane += [raw_done("Hm, hail.", at=3), part_done({"type": "reasoning_text", "text": "Hm, hail."}, at=3)]
    fold = folded([created(), *lane, item_done(reasoning(raw=["Hm, hail."]))])
    assert fold.result.content == (ReasoningPart("Hm, hail."),)
    assert channels(fold.messages)["reasoning"] == "Hm, hail."
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize("at", [1, 4])
def test_q88_a_content_index_that_no_item_resets(at: int) -> None:
    lane = [begun(message()), part_added(text_part(""), at=at), text_delta("Ha", at=at), text_delta("il", at=at)]
    lane += [text_done("Hail", at=at), part_done(text_part("Hail"), at=at), item_done(message(0, "Hail"))]
    assert both(lane) == both([*lane, completed(message(0, "Hail"))]) == ("Hail", "Hail")


@pytest.mark.parametrize("between", ["added", "done", "part done", "another kind"])
def test_q88_a_part_ends_where_something_came_between(between: str) -> None:
    events = {
        "added": [part_added(text_part(""), at=1)],
        "done": [text_done("one")],
        "part done": [part_done(text_part("one"))],
        "another kind": [refusal_delta("no", at=5)],
    }[between]
    fold = folded([created(), text_delta("one"), *events, text_delta("two", at=1), text_delta("!", at=2)])
    refused = [RefusalPart("no")] if between == "another kind" else []
    assert sorted(map(repr, fold.result.content)) == sorted(map(repr, [TextPart("one"), TextPart("two!"), *refused]))


def test_q88_parts_that_were_begun_are_told_apart_however_they_mix() -> None:
    parts = [part_added(text_part(""), at=0), part_added(text_part(""), at=1)]
    deltas = [text_delta("a"), text_delta("x", at=1), text_delta("b"), text_delta("y", at=1)]
    fold = folded([created(), *parts, *deltas, text_done("ab"), text_done("xy", at=1)], agree=False)
    assert fold.result.content == (TextPart("ab"), TextPart("xy"))
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize(
    "wholes", [["one", "two"], ["onetwo"], ["on", "etwo"], ["one", "two", "three"], ["onetwothree"]]
)
@pytest.mark.parametrize("split", [True, False], ids=["two parts", "one part"])
def test_q88_wholes_are_compared_with_their_parts_and_then_joined(wholes: list[str], split: bool) -> None:
    deltas = [text_delta("one"), *([text_done("one")] if split else []), text_delta("two", at=1)]
    assert both([*deltas, item_done(message(0, *wholes))]) == ("".join(wholes), "".join(wholes))
    assert both([*deltas, completed(message(0, *wholes))]) == ("".join(wholes), "".join(wholes))


def test_q88_wholes_that_contradict_all_parts_are_the_result() -> None:
    deltas = [text_delta("one"), text_done("one"), text_delta("two", at=1)]
    for wholes in (["other"], ["other", "text"], ["some", "other", "text"]):
        fold = folded([created(), *deltas, item_done(message(0, *wholes))], agree=False)
        assert fold.result.text == "".join(wholes)
        assert channels(fold.messages)["text"].startswith("onetwo")
        assert len(fold.notes("mismatch")) == 1
    stale = folded([created(), *deltas, item_done(message(0, "onet"))])
    assert (stale.result.text, len(stale.notes("mismatch"))) == ("onetwo", 1)


# Q89


def early(text: str, at: int, pieces: list[str], ends: int) -> list[EventJson]:
    """A message that is done when `at` characters came, and goes on in these pieces; `ends`: how much of it is done."""
    begun_with = text[:at]
    lane = [begun(message()), part_added(text_part("")), text_delta(begun_with)]
    done = [text_done(begun_with), part_done(text_part(begun_with)), item_done(message(0, begun_with))]
    return [*lane, *done[:ends], *(text_delta(piece) for piece in pieces)]


@pytest.mark.deep
@pytest.mark.parametrize("ends", [1, 2, 3], ids=["text done", "part done", "item done"])
@pytest.mark.parametrize("fresh", [False, True], ids=["no numbers", "numbered"])
@pytest.mark.parametrize("at", range(1, len(HAIL)))
def test_q89_text_after_an_early_end_is_text_at_every_cut(at: int, fresh: bool, ends: int) -> None:
    for pieces in cut(HAIL[at:]):
        events = early(HAIL, at, pieces, ends)
        for last in ([], [completed(output=None)], [completed(message(0, HAIL))]):
            every = [created(), *events, *last]
            fold = folded(numbered(every) if fresh else every)
            assert channels(fold.messages)["text"] == fold.result.text == HAIL
            assert fold.notes("mismatch") == []


def test_q89_a_terminal_that_has_only_the_early_text_is_stale() -> None:
    fold = folded([created(), *early("One two three.", 3, [" two", " three."], 3), completed(message(0, "One"))])
    assert channels(fold.messages)["text"] == fold.result.text == "One two three."
    assert len(fold.notes("mismatch")) == 1


def test_q89_late_text_that_repeats_waits_for_its_end() -> None:
    lane = message_lane("ha", pieces=["h", "a"])
    assert folded([created(), *lane, text_delta("ha")]).result.text == "haha"
    assert folded([created(), *lane, text_delta("a"), completed(output=None)]).result.text == "haa"
    for end in (text_done("ha"), part_done(text_part("ha")), item_done(message(0, "ha"))):
        again = folded([created(), *lane, text_delta("h"), text_delta("a"), end])
        assert channels(again.messages)["text"] == again.result.text == "ha"
        assert len(again.notes("ignored")) == 1
    for end in (text_done("haha"), item_done(message(0, "haha"))):
        assert both([*lane, text_delta("h"), text_delta("a"), end]) == ("haha", "haha")


def test_q89_late_arguments_are_arguments_but_the_call_was_closed_before() -> None:
    lane = [begun(function_call()), arguments_delta('{"a":'), arguments_done('{"a":')]
    lane += [item_done(function_call(arguments='{"a":')), arguments_delta("1}")]
    fold = folded([created(), *lane])
    (call,) = fold.result.tool_calls
    assert (call.arguments, call.complete) == ('{"a":1}', False)
    assert fold.closed() == [("call_0", ["NOT_JSON"])]
    assert [doubted.doubt.value for doubted in call.doubts] == ["NOT_JSON", "CONFLICTING_WHOLE"]


def places(text: str) -> list[int]:
    return list(range(1, len(text) + 1))


@pytest.mark.parametrize("at", places("Hail!"))
@pytest.mark.parametrize("twice", [False, True], ids=["item alone", "item and part"])
def test_q89_text_in_added_that_the_deltas_repeat_is_said_once(at: int, twice: bool) -> None:
    text = "Hail!"
    begins = [item_added(message(0, text[:at], status="in_progress"))]
    begins += [part_added(text_part(text[:at]))] if twice else []
    for pieces in cut(text):
        events = [*begins, *map(text_delta, pieces)]
        whole = [text_done(text), part_done(text_part(text)), item_done(message(0, text))]
        assert both(events) == both([*events, *whole]) == (text, text)
        for end in range(len(pieces)):
            came = "".join(pieces[:end])
            said = max(came, text[:at], key=len)
            assert both([*begins, *map(text_delta, pieces[:end])]) == (said, said)


@given(added=st.text("ab", min_size=1, max_size=4), deltas=st.lists(st.text("ab", min_size=1, max_size=3), max_size=4))
def test_q89_deltas_that_leave_what_was_added_stand_beside_it(added: str, deltas: list[str]) -> None:
    came = "".join(deltas)
    expected = added if added.startswith(came) else came if came.startswith(added) else added + came
    events = [item_added(message(0, added, status="in_progress")), *map(text_delta, deltas)]
    assert both(events) == (expected, expected)
    assert both([*events, text_done(expected + "!")]) == (expected + "!", expected + "!")


@pytest.mark.parametrize("pieces", cut('{"a":1}'))
def test_q89_arguments_in_added_are_matched_as_well(pieces: list[str]) -> None:
    begin = item_added(function_call(arguments='{"a":1}', status="in_progress"))
    events = [begin, *map(arguments_delta, pieces), arguments_done('{"a":1}')]
    fold = folded([created(), *events, item_done(function_call(arguments='{"a":1}'))])
    assert channels(fold.messages)["calls"][0]["arguments"] == fold.result.tool_calls[0].arguments == '{"a":1}'
    assert fold.result.tool_calls[0].complete


def test_q88_drifting_parts_without_their_numbers_are_the_same() -> None:
    lane = [begun(message()), *(text_delta(piece, at=at) for at, piece in combinations_of("Hail!"))]
    assert both(without([*lane, text_done("Hail!", at=9)], "content_index")) == both([*lane, text_done("Hail!", at=9)])


def combinations_of(text: str) -> list[tuple[int, str]]:
    return [(at, text[at:to]) for at, to in combinations(range(len(text) + 1), 2) if to == at + 1]


# Characters beyond U+FFFF, cut between the two halves that UTF-16 has of them.

FIRST, SECOND = "\ud83d", "\ude00"


@pytest.mark.parametrize("numbers", [False, True], ids=["no numbers", "numbers"])
@pytest.mark.parametrize("make", [text_delta, refusal_delta, raw_delta, summary_delta, arguments_delta, input_delta])
def test_halves_of_a_character_in_two_deltas_are_one(make: Callable[..., EventJson], numbers: bool) -> None:
    events = [created(), make("ok"), make(f" {FIRST}"), make(f"{SECOND}!"), make("?")]
    fold = folded(numbered(events) if numbers else events)
    assert set(spoken(fold.messages).values()) == {"", "ok 😀!?"}
    result = fold.result
    assert "ok 😀!?" in (result.text, result.reasoning, result.refusal, *(call.arguments for call in result.tool_calls))
    assert fold.notes("repaired") == []


def test_numbered_halves_that_come_again_are_known() -> None:
    events = numbered([created(), *(text_delta(piece) for piece in ("ok ", FIRST, SECOND, "!", FIRST))])
    fold = folded([*events, *events[1:], text_delta(SECOND, sequence_number=len(events)), *events[2:]])
    assert (channels(fold.messages)["text"], fold.result.text) == ("ok 😀!😀", "ok 😀!😀")
    assert fold.notes("repaired") == []


def test_a_half_waits_for_its_own_part() -> None:
    events = [text_delta(f"a{FIRST}", 0), text_delta(FIRST, 1), text_delta(f"{SECOND}b", 0), text_delta("c", 1)]
    fold = folded([created(), *events], agree=False)
    assert fold.result.text == f"a😀b{FIRST}c"


@pytest.mark.parametrize("text", [f"a{FIRST}", "a😀", "a😀b"])
def test_a_whole_may_have_the_character(text: str) -> None:
    for after in ([text_done(text)], [item_done(message(0, text))], [completed(message(0, text))]):
        fold = folded([created(), text_delta(f"a{FIRST}"), *after])
        assert (channels(fold.messages)["text"], fold.result.text, fold.notes("mismatch")) == (text, text, [])


@pytest.mark.parametrize("text", ["a", "ab", "x"])
def test_a_half_that_the_whole_has_not_is_emitted_and_noted(text: str) -> None:
    fold = folded([created(), text_delta(f"a{FIRST}"), text_done(text)], agree=False)
    assert channels(fold.messages)["text"] == f"a{FIRST}"
    assert fold.result.text == (f"a{FIRST}" if text == "a" else text)
    assert len(fold.notes("mismatch")) == 1


def test_deltas_that_repeat_a_beginning_may_be_cut_amid_a_character() -> None:
    begun_so = item_added(message(0, "a😀b"))
    for pieces in ([f"a{FIRST}", f"{SECOND}b", "c"], ["a", FIRST, f"{SECOND}bc"]):
        fold = folded([created(), begun_so, *map(text_delta, pieces)])
        assert (channels(fold.messages)["text"], fold.result.text) == ("a😀bc", "a😀bc")
    fold = folded([created(), begun_so, text_delta(f"a{FIRST}")])
    assert (channels(fold.messages)["text"], fold.result.text) == ("a😀b", "a😀b")
    fold = folded([created(), begun_so, text_delta(f"a{FIRST}"), text_done("a😀b")])
    assert (channels(fold.messages)["text"], fold.result.text) == ("a😀b", "a😀b")
    fold = folded([created(), item_added(message(0, f"a{FIRST}")), text_delta(SECOND)])
    assert (channels(fold.messages)["text"], fold.result.text) == ("a😀", "a😀")


def test_wholes_that_compare_joined_end_the_wait_for_a_half() -> None:
    parts = [text_delta("a"), part_done(text_part("a")), part_added(text_part(""), at=1), text_delta(f"b{FIRST}", at=1)]
    fold = folded([created(), *parts, item_done(message(0, f"ab{FIRST}"))])
    assert channels(fold.messages)["text"] == f"ab{FIRST}"


def test_code_is_cut_amid_a_character() -> None:
    def piece(delta: str) -> EventJson:
        kind = "response.code_interpreter_call_code.delta"
        return {"type": kind, "output_index": 0, "item_id": "ci_0", "delta": delta}

    fold = folded([created(), piece(f"a{FIRST}"), piece(SECOND), piece(FIRST)])
    assert [told[3] for told in fold.server_tools()] == ["a", "😀", FIRST]
    assert folded([created(), piece(FIRST), piece(f"{SECOND}b")]).server_tools()[0][3] == "😀b"
