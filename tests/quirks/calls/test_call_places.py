"""Q81: arguments that a place alone gives to a call, an index or none, where the same answer speaks against it."""

from itertools import permutations
from typing import Any

import pytest
from streamfold.reducer import Doubt
from support.chat_shapes import DONE, call, calls, choice, chunk, custom, finished, folded

A, B, C = '{"path":"/a"}', '{"path":"/b"}', '{"path":"/c"}'
ORPHAN = Doubt.ORPHAN_ARGUMENTS


def named(index: int | None, name: str, arguments: str = "", call_id: str | None = "") -> Any:
    return calls(call(index, f"id_{name}" if call_id == "" else call_id, name, arguments))


def given(index: int | None, arguments: str, call_id: str | None = None) -> Any:
    return calls(call(index, call_id, None, arguments))


READ, COPY, MOVE = named(0, "read"), named(1, "copy"), named(2, "move")


def safe(*frames: Any) -> dict[str, str]:
    """The calls that may be run, by name, and their arguments."""
    result, _ = folded(*frames, finished("tool_calls"), DONE)
    return {made.name: made.arguments for made in result.tool_calls if made.complete}


def doubts(*frames: Any) -> list[list[Doubt]]:
    result, _ = folded(*frames, finished("tool_calls"), DONE)
    return [[doubted.doubt for doubted in made.doubts] for made in result.tool_calls]


# Names are numbered by the list of tools, arguments by the order of calls (sglang).


@pytest.mark.parametrize(
    "frames",
    [
        [COPY, given(0, A), READ, given(1, B)],
        [READ, given(1, A), COPY, given(0, B)],
        [COPY, given(0, '{"path":'), given(0, '"/a"}'), READ, given(1, '{"path"'), given(1, ':"/b"}')],
        [COPY, given(0, A), MOVE, given(1, B)],
        [MOVE, given(0, A), COPY, given(1, B)],
        [READ, COPY, given(1, A), given(2, B)],
        [READ, given(1, A), COPY, given(2, B)],
        [READ, COPY, MOVE, given(2, A), given(3, B), given(4, C)],
        [COPY, given(0, A), READ, given(1, B), MOVE, given(2, C)],
    ],
)
def test_q81_names_and_arguments_numbered_by_two_counts_are_not_safe(frames: list[Any]) -> None:
    assert safe(*frames) == {}


def test_q81_the_doubt_says_why() -> None:
    result, _ = folded(COPY, given(0, A), READ, given(1, B), finished("tool_calls"))
    details = {(doubted.doubt, doubted.detail) for made in result.tool_calls for doubted in made.doubts}
    why = "some arguments came before a call was named at their index, others after: they may be each other's"
    assert details == {(ORPHAN, why)}


@pytest.mark.parametrize("order", [*permutations(range(2))])
def test_q81_doubts_do_not_depend_on_the_order_of_indices(order: tuple[int, ...]) -> None:
    lanes = [[READ, given(0, B)], [given(1, A), COPY]]
    first, second = (lanes[at] for at in order)
    assert safe(*first, *second) == safe(first[0], second[0], first[1], second[1]) == {}


# The arguments of several calls under one index.


@pytest.mark.parametrize(
    "frames",
    [
        [READ, COPY, given(0, A), given(0, B)],
        [READ, COPY, given(1, A), given(1, B)],
        [READ, COPY, given(0, A + B)],
        [READ, given(0, A), given(0, B), COPY],
        [named(0, "read", A), COPY, given(0, B)],
        [READ, COPY, given(0, A), given(0, '{"path":')],
        [READ, COPY, given(0, A), given(0, A)],
        [READ, COPY, given(0, "{}"), given(0, B)],
        [READ, COPY, MOVE, given(0, A), given(0, B), given(1, C)],
        [READ, named(1, "copy", "{}"), given(0, A), given(0, B)],
    ],
)
def test_q81_two_objects_in_one_place_are_not_safe(frames: list[Any]) -> None:
    assert safe(*frames) == {}


def test_q81_what_stands_beside_such_a_place_stays_safe() -> None:
    assert safe(READ, named(1, "copy", B), given(0, A), given(0, C), MOVE) == {"copy": B}
    assert safe(READ, COPY, MOVE, given(0, A), given(0, B), given(2, C)) == {"move": C}


# Arguments without an index.


@pytest.mark.parametrize(
    "frames",
    [
        [READ, COPY, given(None, A)],
        [READ, COPY, given(None, A), given(None, B)],
        [READ, COPY, given(None, '{"path":'), given(None, '"/a"}')],
        [named(None, "read"), named(None, "copy"), given(None, A)],
        [named(None, "read"), named(None, "copy"), given(None, A), given(None, B)],
        [named(None, "read"), named(None, "copy"), given(None, A, "id_new")],
        [named(0, "read"), named(0, "copy"), given(0, A)],
        [READ, COPY, given(0, '{"path":'), given(1, '{"path":'), given(None, '"/a"}')],
        [READ, COPY, given(None, A), given(0, B)],
        [READ, calls(custom(1, "id_sh", "sh", "")), given(None, A)],
    ],
)
def test_q81_without_an_index_neither_of_two_open_calls_is_safe(frames: list[Any]) -> None:
    assert safe(*frames) == {}


# A name without the id.


def test_q81_a_name_without_its_id_is_in_doubt() -> None:
    frames = READ, COPY, named(0, "read", A, None), named(0, "copy", B, None)
    assert safe(*frames) == {"read": A}
    assert doubts(*frames) == [[], [ORPHAN], [ORPHAN]]


# What is no evidence: each of these is an honest stream.


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([READ, COPY, given(0, A), given(1, B)], {"read": A, "copy": B}),
        ([READ, COPY, given(1, B), given(0, A)], {"read": A, "copy": B}),
        ([READ, COPY, given(1, B)], {"read": "{}", "copy": B}),
        ([READ, COPY, given(0, A)], {"read": A, "copy": "{}"}),
        ([READ, named(1, "copy", "{}"), given(0, A), given(0, A)], {"read": A, "copy": "{}"}),
        ([READ, named(1, "copy", "{}"), given(0, "{}"), given(0, A)], {"read": A, "copy": "{}"}),
        ([READ, COPY, given(0, A), given(0, A), given(1, B), given(1, B)], {"read": A, "copy": B}),
        ([READ, given(1, A), COPY], {"read": "{}", "copy": A}),
        ([given(0, A), READ, given(1, B), COPY], {"read": A, "copy": B}),
        ([READ, given(1, A)], {"read": A}),
        ([READ, given(0, A), COPY, given(2, B)], {"read": A, "copy": B}),
        ([named(0, "read", A), COPY, given(2, B)], {"read": A, "copy": B}),
        ([named(None, "read"), given(None, A), named(None, "copy"), given(None, B)], {"read": A, "copy": B}),
        ([named(None, "read", "{}"), named(None, "copy"), given(None, B)], {"read": "{}", "copy": B}),
        ([named(None, "read", "null"), named(None, "copy"), given(None, B)], {"read": "{}", "copy": B}),
        ([named(None, "read"), named(None, "copy", B)], {"read": "{}", "copy": B}),
        ([named(None, "read", "{'a"), named(None, "copy"), given(None, B)], {"copy": B}),
        (
            [named(None, "read"), named(None, "copy"), given(None, A, "id_read"), given(None, B, "id_copy")],
            {"read": A, "copy": B},
        ),
        ([named(0, "read"), given(0, A), named(0, "copy"), given(0, B)], {"read": A, "copy": B}),
        ([named(0, "read", "{}"), named(0, "copy"), given(0, B)], {"read": "{}", "copy": B}),
        ([calls(custom(None, "id_sh", "sh", "ls")), named(None, "copy"), given(None, B)], {"sh": "ls", "copy": B}),
        ([READ, COPY, given(0, A + "}")], {"copy": "{}"}),
        ([READ, COPY, given(0, "{}"), given(0, "{}")], {"read": "{}", "copy": "{}"}),
    ],
)
def test_q81_a_place_is_believed_unless_something_speaks_against_it(
    frames: list[Any], expected: dict[str, str]
) -> None:
    assert safe(*frames) == expected


def test_q81_a_whole_message_says_whose_arguments_are() -> None:
    whole = [call(id="id_read", name="read", arguments=A), call(id="id_copy", name="copy", arguments=B)]
    message = chunk(choice() | {"message": {"role": "assistant", "tool_calls": whole}})
    assert safe(READ, COPY, given(None, B), message) == {"read": A, "copy": B}
    assert safe(READ, COPY, given(0, A), given(0, A), message) == {"read": A, "copy": B}


# An id without a name says of no tool whose arguments these are.


@pytest.mark.parametrize("order", [*permutations(range(2))])
def test_q81_arguments_with_a_mere_id_doubt_a_call_without_any(order: tuple[int, ...]) -> None:
    frames = [READ, given(1, A, "id_other")]
    found = {made[0] for made in doubts(*(frames[at] for at in order))}
    assert found == {ORPHAN, Doubt.NO_NAME}


def test_q81_arguments_with_a_mere_id_doubt_no_whole_call() -> None:
    assert safe(named(0, "read", A), given(1, B, "id_other")) == {"read": A}


# One id for two calls, whose pieces repeat it.


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, '{"a":['), (1, '{"b":1}'), (0, "]}")],
        [(0, "{"), (1, '{"b":1}'), (0, "}")],
        [(0, A), (1, B)],
    ],
)
def test_q24_pieces_of_one_id_at_its_two_indices_are_not_safe(pieces: list[tuple[int, str]]) -> None:
    begun = [named(index, "read", call_id="x") for index in (0, 1)]
    found = doubts(*begun, *(given(index, piece, "x") for index, piece in pieces))
    assert found
    assert all(Doubt.CONFLICTING_WHOLE in each or ORPHAN in each for each in found)


def test_q24_pieces_with_one_id_at_one_index_stay_safe() -> None:
    again = [named(index, "read", call_id="x") for index in (0, 1)]
    assert safe(*again, given(1, A[:4], "x"), given(1, A[4:], "x")) == {"read": A}
    assert safe(named(0, "read", call_id="x"), given(1, A[:4], "x"), given(2, A[4:], "x")) == {"read": A}
