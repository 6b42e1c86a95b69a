from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.responses.tool_calls.arguments import (
    NO_ARGUMENTS,
    UNREAD,
    Arguments,
    Fed,
    begins,
    feed,
    known_of,
    release,
    same,
    unheld,
)
from streamfold.reducer.values.text import EMPTY, text
from support.worlds import cuts


def fed(*pieces: str) -> tuple[Arguments, str, int]:
    """What is known, what was said, and how many objects were dropped."""
    known, said, dropped = NO_ARGUMENTS, "", 0
    for piece in pieces:
        known, more, count = feed(known, text(said), piece)
        said, dropped = said + more, dropped + count
    return known, said, dropped


def closed(*pieces: str) -> tuple[str, str, int]:
    """The mode, the arguments and how many objects were dropped, once nothing more comes."""
    known, said, dropped = fed(*pieces)
    known, more, _ = release(known, text(said), over=True)
    return known.mode, (said + more)[known.start :], dropped


CASES = {
    '{"a":1}': ("whole", '{"a":1}', 0),
    ' {"a":1}\n': ("whole", ' {"a":1}\n', 0),
    '{"a":1}{"a":1}': ("whole", '{"a":1}', 1),
    '{"a":"\\u00e9}"} { "a" : "é}" } ': ("whole", '{"a":"\\u00e9}"}  ', 1),
    '{"a":1}{"a":1}{"a":1}': ("whole", '{"a":1}', 2),
    '{"a":1}{"a":2}': ("conflict", '{"a":1}{"a":2}', 0),
    '{"a":1}{"a":1}x{"a":1}': ("conflict", '{"a":1}x{"a":1}', 1),
    '{"a":1}{"a"': ("conflict", '{"a":1}{"a"', 0),
    '{"a":1},': ("conflict", '{"a":1},', 0),
    '{"a":{}}}': ("conflict", '{"a":{}}}', 0),
    "{}": ("whole", "{}", 0),
    " { } ": ("whole", " { } ", 0),
    "{} {}": ("whole", "{}", 1),
    '{}{"a":1}': ("whole", '{"a":1}', 1),
    '{} {} { "a":1}{"a":1}': ("whole", '{ "a":1}', 3),
    "{}{": ("conflict", "{}{", 0),
    "{}[": ("conflict", "{}[", 0),
    "{}{x": ("conflict", "{}{x", 0),
    "{": ("object", "{", 0),
    '{"a': ("object", '{"a', 0),
    '{"a":x}{"a":1}': ("other", '{"a":x}{"a":1}', 0),
    "nul": ("other", "nul", 0),
    " null ": ("other", " null ", 0),
    "nullx": ("other", "nullx", 0),
    "[1]": ("other", "[1]", 0),
    "{x": ("other", "{x", 0),
    "": ("placeholder", "", 0),
}


@pytest.mark.parametrize("came", CASES)
def test_what_comes_is_known_however_it_is_cut(came: str) -> None:
    assert closed(came) == closed(*came) == CASES[came]
    for at in range(len(came)):
        assert closed(came[:at], came[at:]) == CASES[came]


@given(
    st.lists(
        st.sampled_from(['{"a":1}', '{"a": 1}', "{}", " ", "{", "}", '"', "null", '{"b":"}\\""}', "x"]), max_size=6
    )
    .map("".join)
    .flatmap(lambda came: st.tuples(st.just(came), cuts(came)))
)
def test_any_text_is_known_however_it_is_cut(drawn: tuple[str, list[str]]) -> None:
    came, pieces = drawn
    assert closed(came) == closed(*pieces)


@pytest.mark.parametrize("held", ["", " ", "{", " { ", "{}", "{} ", "n", "null", "null "])
def test_what_may_be_a_placeholder_is_held(held: str) -> None:
    known, said, _ = fed(held)
    assert (said, str(known.held), known.waits) == ("", held, bool(held))
    assert known.is_whole is ("}" in held)


@pytest.mark.parametrize(
    ("held", "after", "expected"),
    [
        ("{}", '{"a":1}', ("whole", '{"a":1}', 2)),
        ("{} ", ' {"a":1}', ("whole", '{"a":1}', 4)),
        ("{}", "{}", ("whole", "{}", 0)),
        ("{}", " {", ("conflict", "{} {", 0)),
        ("{}", " ", ("whole", "{} ", 0)),
        ("{}", "x", ("conflict", "{}x", 0)),
        ("{", '"a":1}{"a":1}', ("whole", '{"a":1}', 0)),
        ("{", "}{}", ("whole", "{}", 0)),
        (" ", '{"a":1}', ("whole", ' {"a":1}', 0)),
        ("nu", "ll", ("other", "null", 0)),
        ("{}{", '"a":1}', ("whole", '{"a":1}', 2)),
        ("{}{", "x", ("conflict", "{}{x", 0)),
        ("{}{", "x}", ("conflict", "{}{x}", 0)),
        ("{}{", '"x}', ("object", '{"x}', 2)),
        ("{}{", '"x"}', ("other", '{"x"}', 2)),
        ("{}{", "", ("conflict", "{}{", 0)),
    ],
)
def test_a_placeholder_that_was_said_stands_before_the_arguments(
    held: str, after: str, expected: tuple[str, str, int]
) -> None:
    known, _, _ = fed(held)
    known, said, _ = release(known, EMPTY, over=False)
    known, more, _ = feed(known, text(said), after)
    said += more
    known, more, _ = release(known, text(said), over=True)
    assert (known.mode, (said + more)[known.start :], known.start) == expected


def test_what_is_released_twice_goes_on() -> None:
    known, said, _ = release(fed("{}")[0], EMPTY, over=False)
    known, more, _ = feed(known, text(said), " {")
    known, last, _ = release(known, text(said + more), over=False)
    assert (said + more + last, known.mode, known.start) == ("{} {", "object", 3)
    assert feed(known, text("{} {"), '"a":1}')[0].is_whole


def test_nothing_that_is_held_has_nothing_to_release() -> None:
    known, said, _ = fed('{"a"')
    assert release(known, text(said), over=True) == Fed(known)


def test_what_only_repeats_is_forgotten() -> None:
    known, said, _ = fed('{"a":1}{"a"')
    assert feed(unheld(known), text(said), '{"a":1}') == Fed(unheld(known), "", 1)
    assert unheld(unheld(known)) is unheld(known) or unheld(unheld(known)) == unheld(known)
    assert unheld(fed("{} ")[0]) == NO_ARGUMENTS
    known, said, _ = release(fed("{}")[0], EMPTY, over=False)
    assert unheld(feed(known, text(said), "{")[0]).is_whole


@pytest.mark.parametrize(
    ("said", "mode"), [('{"a":1}', "whole"), ('{"a"', "object"), ("[1]", "other"), ("{x", "other"), (" ", "object")]
)
def test_what_was_said_whole_is_known(said: str, mode: str) -> None:
    assert known_of(text(f"{{}}{said}"), 2).mode == mode


def test_texts_are_the_same_token_by_token() -> None:
    assert same('{"a": "\\u00e9"}', '{ "a":"é" }')
    assert not same('{"a": 1}', '{"a": 1.0}')
    assert begins('{"a": 1}', '{ "a"')
    assert begins(' {"a": 1}', "{ }")
    assert not begins("[1]", "{}")


def test_a_long_text_is_read_as_it_comes() -> None:
    known, said, _ = fed('{"a":"', "x" * UNREAD)
    assert known.read < len(said)
    known, more, _ = feed(known, text(said), "x")
    assert known.read == len(said + more)


@pytest.mark.deep
@pytest.mark.parametrize("piece", ["{}", '{"a":1}', " ", '{"a":"}"}', '{"a":'])
def test_the_time_grows_with_the_text_alone(piece: str) -> None:
    def seconds(times: int) -> float:
        begun = perf_counter()
        feed(NO_ARGUMENTS, EMPTY, piece * times)
        return perf_counter() - begun

    few = min(seconds(2000) for _ in range(3))
    assert min(seconds(16000) for _ in range(3)) < 40 * few + 0.01
