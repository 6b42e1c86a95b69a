"""Chat Completions chunks, read naively."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.laws.oracle_answer import closes
from streamfold.adapters.laws.oracle_completions import cuts, lane, ordered_cuts, said, sole_choice
from streamfold.reducer import Done, Undecodable, chat, inner_thoughts
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


def chunk(delta: Delta | None = None, finish: str | None = None, index: int = 0, **members: Any) -> Chunk:
    return Chunk(choices=(Choice(index=index, delta=delta, finish_reason=finish),), **members)


def call(index: int | None, arguments: str | None = None, id: str | None = None, name: str | None = None) -> CallDelta:  # noqa: A002
    return CallDelta(index=index, id=id, function=FunctionDelta(name=name, arguments=arguments))


def calls(*entries: CallDelta) -> Chunk:
    return chunk(Delta(tool_calls=entries))


def read(chunks: Sequence[Any], config: Any = CONFIG) -> Any:
    found = said(chunks, config)
    assert found is not None
    return found


def test_deltas_are_joined_by_channel() -> None:
    found = read(
        [
            chunk(Delta(content="Hel", reasoning_content="Hm")),
            Undecodable("x"),
            chunk(Delta(content="lo", reasoning="."), "stop"),
            chunk(Delta(reasoning_text="!", refusal="No")),
            chunk(Delta(reasoning_details=[{"text": "a"}, {"summary": "b"}, 3])),
            chunk(),
            Chunk(choices=None),
            Done(),
        ]
    )
    assert (found.text, found.reasoning, found.refusal, found.arguments) == ("Hello", "Hm.!ab", "No", "")


def test_the_wanted_choice_alone_is_read() -> None:
    chunks = [chunk(Delta(content="a")), chunk(Delta(content="b"), index=1)]
    assert read(chunks).text == "a"
    assert read(chunks, evolve(CONFIG, choice=1)).text == "b"
    assert read(chunks, evolve(CONFIG, choice=None)).text == "ab"


FAILED = {"code": 500, "message": "no"}


@pytest.mark.parametrize(
    "failing",
    [
        chunk(Delta(content="a"), error="no"),
        chunk(Delta(content="a"), error={"message": "no"}),
        chunk(Delta(content="a"), error=({"message": "no"},)),
        chunk(Delta(content="a"), error={"details": {"a": ["no"]}}),
        chunk(Delta(content="a"), x_groq={"error": "no"}),
        Chunk(choices=(Choice(delta=Delta(content="a"), error=FAILED),)),
        chunk(Delta(content="a"), "Network_Error"),
        chunk(Delta(content="a"), "x: MALFORMED_FUNCTION_CALL"),
    ],
)
def test_nothing_is_read_after_an_error(failing: Chunk) -> None:
    assert read([failing, chunk(Delta(content="b"))]).text == "a"
    assert not closes([chunk(finish="stop"), failing, Done()], CONFIG)


@pytest.mark.parametrize(
    "error", ["", None, {}, {"message": ""}, {"code": 0, "message": "Success", "id": "x"}, {"a": [""]}, ("",)]
)
def test_an_error_that_says_nothing_is_none(error: Any) -> None:
    other = Choice(index=1, delta=Delta(), finish_reason="error", error=FAILED)
    chunks = [chunk(Delta(content="a"), error=error), Chunk(choices=(other,)), chunk(Delta(content="b"))]
    assert read(chunks).text == "ab"


def test_content_that_is_flagged_is_reasoning() -> None:
    flags: list[Any] = [{"google": {"thought": True}}, {"google": {"thought": 1}}, {"google": None}, {}, "x"]
    found = read([chunk(Delta(content=str(at), extra_content=extra)) for at, extra in enumerate(flags)])
    assert (found.reasoning, found.text) == ("0", "1234")


def whole(index: int = 0, **message: Any) -> Chunk:
    return Chunk(choices=(Choice(index=index, message=Delta(**message)),))


def test_a_whole_message_goes_on_with_what_came() -> None:
    wholly = whole(content="Hi there", reasoning="Hm", refusal="No")
    for deltas in ([], [chunk(Delta(content="Hi", reasoning="H"))], [chunk(Delta(refusal="No"))]):
        found = read([*deltas, wholly, chunk(finish="stop")])
        assert (found.text, found.reasoning, found.refusal) == ("Hi there", "Hm", "No")
        assert found.wholes == {"text": ["Hi there"], "reasoning": ["Hm"], "refusal": ["No"]}
        assert not found.contradicted
    call_of_it = CallDelta(id="a", function=FunctionDelta(name="f", arguments="{}"))
    found = read([chunk(Delta(content="Hi")), whole(tool_calls=(call_of_it,))])
    assert (found.text, found.arguments, found.calls) == ("Hi", "{}", ("{}",))


def test_a_whole_message_that_differs_contradicts() -> None:
    found = read([chunk(Delta(content="Hi there")), whole(content="Hi")])
    assert (found.text, found.wholes["text"], found.contradicted) == ("Hi there", ["Hi there"], True)
    found = read([chunk(Delta(content="Hi")), whole(content="Ho")])
    assert (found.text, found.wholes["text"], found.contradicted) == ("Hi", ["Ho"], True)


def test_of_other_choices_and_after_an_error_no_whole_is_read() -> None:
    found = read([chunk(Delta(content="Hi")), whole(1, content="Ho")])
    assert (found.text, found.contradicted) == ("Hi", False)
    found = read([chunk(Delta(content="Hi")), Chunk(error="x"), whole(content="Ho")])
    assert (found.text, found.contradicted) == ("Hi", False)


def test_after_the_end_an_error_is_none() -> None:
    first = Chunk(choices=(Choice(finish_reason="stop", message=Delta(content="Hi")),))
    found = read([first, Done(), Chunk(error="x"), chunk(Delta(content="Ho"))])
    assert (found.text, found.wholes["text"]) == ("HiHo", ["HiHo"])


def test_where_all_was_reasoning_the_wholes_are_not_held_against_it() -> None:
    assert read([whole(reasoning="Hm")]).wholes is None


@pytest.mark.parametrize(
    "chunks",
    [
        [whole(content="a"), whole(content="a")],
        [whole(content="a"), chunk(Delta(content="b"))],
        [Chunk(choices=(Choice(delta=Delta(content="a"), message=Delta(content="ab")),))],
        [whole(function_call=FunctionDelta(name="f"))],
        [calls(call(0, "{}", "a", "f")), whole(tool_calls=(call(None, "{}", "a", "f"),))],
    ],
)
def test_wholes_that_are_mixed_with_deltas_are_too_odd(chunks: list[Chunk]) -> None:
    assert said(chunks, CONFIG) is None
    assert said([whole(content="a")], chat.Config(message_id=MESSAGE_ID, think_tags=True)) is None
    assert said([whole(content="a")], inner_thoughts.Config(message_id=MESSAGE_ID)) is None


def test_arguments_are_joined_by_index_where_it_tells_calls_apart() -> None:
    found = read([calls(call(0, "{", "a", "f"), call(3, "[", "b", "g")), calls(call(0, "}"), call(3, "]"))])
    assert (found.arguments, found.calls) == ("{[}]", ("{}", "[]"))
    legacy = read([chunk(Delta(function_call=FunctionDelta(name="f", arguments="{}")))])
    assert legacy.calls == ("{}",)


@pytest.mark.parametrize(
    "entries",
    [
        [call(None, "{}", "a", "f")],
        [call(0, "{}", "a", "f"), call(0, "[]", "b", "g")],
        [call(0, "{}", "a", "f"), call(1, "[]", "a")],
        [CallDelta(index=0, custom=CustomDelta(name="f", input="x")), call(0, "x")],
    ],
)
def test_calls_that_may_be_others_are_not_told_apart(entries: list[CallDelta]) -> None:
    assert read([calls(*entries)]).calls is None


@pytest.mark.parametrize(
    ("content", "tags", "text", "reasoning"),
    [
        ("<think>Hm.</think>Yes.", True, "Yes.", "Hm."),
        (" \n<think>Hm.</think>Yes.", True, " \nYes.", "Hm."),
        (" " * 65 + "<think>Hm.</think>", True, " " * 65 + "<think>Hm.</think>", ""),
        ("<think>Hm.", True, "", "Hm."),
        ("Yes. <think>", True, "Yes. <think>", ""),
        ("Hm.</think>Yes.", "opened", "Yes.", "Hm."),
        ("Hm.", "opened", "", "Hm."),
        ("<think>Hm.</think>", False, "<think>Hm.</think>", ""),
        ("<b>Hm.</a></b>Yes.", (("<a>", "</a>"), ("<b>", "</b>")), "Yes.", "Hm.</a>"),
        ("<think>Hm.</think>", (("<a>", "</a>"),), "<think>Hm.</think>", ""),
    ],
)
def test_reasoning_in_tags_is_read_where_it_is_asked_for(content: str, tags: Any, text: str, reasoning: str) -> None:
    found = read([chunk(Delta(content=piece)) for piece in content], evolve(CONFIG, think_tags=tags))
    assert (found.text, found.reasoning) == (text, reasoning)


def test_reasoning_both_in_tags_and_beside_them_is_too_odd() -> None:
    assert said([chunk(Delta(content="a", reasoning="b"))], evolve(CONFIG, think_tags=True)) is None


@pytest.mark.parametrize(
    ("arguments", "thoughts"),
    [
        ('{"thinking": "a\\u00e9", "q": 1}', "aé"),
        ('{"q": 1, "thinking": "cut o', "cut o"),
        ('{"thinking": 7}', ""),
        ("[1]", ""),
        ("{broken", None),
        ('{"thinking": "\\ud800"}', None),
    ],
)
def test_thoughts_are_those_under_the_key(arguments: str, thoughts: str | None) -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID)
    assert read([calls(call(0, arguments, "a", "f"))], config).thoughts == thoughts


def test_one_text_is_cut_at_each_place() -> None:
    whole = chunk(Delta(content="abc"), id="c")
    assert list(cuts(whole)) == [
        (chunk(Delta(content="a"), id="c"), chunk(Delta(content="bc"), id="c")),
        (chunk(Delta(content="ab"), id="c"), chunk(Delta(content="c"), id="c")),
    ]
    begun = calls(call(2, '{"', "a", "f"))
    assert list(cuts(begun)) == [(calls(call(2, "{", "a", "f")), calls(call(2, '"')))]


@pytest.mark.parametrize(
    "whole",
    [
        Done(),
        chunk(),
        chunk(Delta(content="a")),
        chunk(Delta(content="abc"), "stop"),
        chunk(Delta(content="abc"), usage={"a": 1}),
        chunk(Delta(content="abc"), error="no"),
        chunk(Delta(content="abc"), repairs=("x",)),
        chunk(Delta(content="abc", refusal="no")),
        chunk(Delta(content="abc", annotations=[{}])),
        calls(call(0, "{}"), call(1, "{}")),
        calls(call(None, "{}", "a", "f")),
        calls(CallDelta(index=0, custom=CustomDelta(input="abc"))),
        chunk(Delta(tool_calls=(call(0, "{}"),), annotations=[{}])),
    ],
)
def test_what_is_not_one_text_alone_is_not_cut(whole: Any) -> None:
    assert list(cuts(whole)) == []


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "reasoning_text"])
def test_content_and_reasoning_are_cut_in_the_order_of_their_runs(name: str) -> None:
    def both(content: str, reasoning: str) -> Chunk:
        texts: dict[str, Any] = {"content": content or None, name: reasoning or None}
        return chunk(Delta(**texts))

    assert list(ordered_cuts(both("ab", "rs"), CONFIG, True)) == [
        (both("a", ""), both("b", "rs")),
        (both("ab", ""), both("", "rs")),
        (both("ab", "r"), both("", "s")),
    ]
    assert list(ordered_cuts(both("ab", "rs"), CONFIG, False)) == [
        (both("", "r"), both("ab", "s")),
        (both("", "rs"), both("ab", "")),
        (both("a", "rs"), both("b", "")),
    ]
    assert list(ordered_cuts(both("ab", "rs"), chat.Config(message_id=MESSAGE_ID, think_tags=True), True)) == []


@pytest.mark.parametrize(
    "delta",
    [
        Delta(content="ab"),
        Delta(content="ab", refusal="no"),
        Delta(reasoning="ab", reasoning_text="cd"),
        Delta(content="ab", reasoning="cd", reasoning_text="ef"),
        Delta(content="ab", reasoning="cd", annotations=[{}]),
        Delta(content="ab", reasoning="cd", thought=True),
    ],
)
def test_other_deltas_have_no_order_of_their_own(delta: Delta) -> None:
    assert list(ordered_cuts(chunk(delta), CONFIG, True)) == list(ordered_cuts(Done(), CONFIG, True)) == []


def test_content_may_be_flagged_in_two_places() -> None:
    for flag in ({"thought": True}, {"extra_content": {"google": {"thought": True}}}):
        members: dict[str, Any] = {"content": "Hm", **flag}
        content = read([chunk(Delta(**members))], CONFIG)
        assert (content.text, content.reasoning) == ("", "Hm")


def test_a_lane_is_the_index_of_a_sole_call() -> None:
    assert lane(calls(call(3, "x"))) == 3
    assert lane(calls(call(3, "x"), call(4, "y"))) is None
    assert lane(chunk(Delta(content="a"))) is None
    assert lane(chunk(Delta(content="a", tool_calls=(call(3, "x"),)))) is None
    assert lane(Done()) is None


def test_a_sole_choice_has_nothing_beside_it_that_happens_once() -> None:
    plain = chunk(Delta(content="a"))
    assert plain.choices is not None
    assert sole_choice(plain) is plain.choices[0]
    assert sole_choice(Chunk(choices=(Choice(), Choice(index=1)))) is None
    assert sole_choice(chunk(finish="stop")) is None
    for more in ({"usage": {"a": 1}}, {"error": "no"}):
        assert sole_choice(Chunk(choices=(Choice(delta=Delta(content="a"), **more),))) is None
