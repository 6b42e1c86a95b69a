from typing import Any

import pytest
from streamfold.adapters.laws.oracle_chat_calls import Cell, cell_of, safe, strays
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from support.alphabets import BOOM, FINISH, called, said, whole
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)
BEGUN = called(0, "a", "get", "")
WHOLE = called(0, piece='{"k":[1,{}]}')
OTHER, WHOLE_CALL = called(1, "b", "put", ""), called(7, "w", "ls", '{"k":3}')
OF_OLD = said(Delta(function_call=FunctionDelta(name="get", arguments="{}")))
CUSTOM = said(Delta(tool_calls=(CallDelta(index=0, id="a", custom=CustomDelta(name="sh", input="x")),)))
LOST = Undecodable("bad", lost=True)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], ()),
        ([BEGUN], (False,)),
        ([BEGUN, WHOLE], (False,)),
        ([BEGUN, WHOLE, FINISH], (True,)),
        ([BEGUN, WHOLE, Done()], (True,)),
        ([BEGUN, FINISH, Done()], (True,)),
        ([BEGUN, Done()], (False,)),
        ([BEGUN, called(0, piece="null"), FINISH], (True,)),
        ([BEGUN, FINISH, called(0, piece="null")], (False,)),
        ([BEGUN, WHOLE, said(finish_reason="LENGTH")], (False,)),
        ([BEGUN, WHOLE, FINISH, said(finish_reason="odd")], (False,)),
        ([BEGUN, WHOLE, FINISH, BOOM], (False,)),
        ([BEGUN, WHOLE, FINISH, called(0, piece=" ")], (True,)),
        ([BEGUN, WHOLE, FINISH, called(0, piece='{"k": [1, {}]}')], (True,)),
        ([BEGUN, WHOLE, FINISH, called(0, piece='{"k": [1, []]}')], (False,)),
        ([BEGUN, WHOLE, called(0, piece='{"k":[1.0,{}]}'), FINISH], (False,)),
        ([BEGUN, called(0, piece="[1]"), FINISH], (False,)),
        ([BEGUN, called(0, piece='{"k":NaN}'), FINISH], (False,)),
        ([BEGUN, LOST, WHOLE, FINISH], (False,)),
        ([BEGUN, WHOLE, LOST, FINISH], (True,)),
        ([BEGUN, Undecodable("ping", lost=False), WHOLE, FINISH], (True,)),
        ([BEGUN, called(0, piece="{}"), LOST, FINISH], (False,)),
        ([BEGUN, called(0, piece="{}"), FINISH, LOST], (True,)),
        ([WHOLE_CALL, called(1, piece='{"k":3}'), FINISH], None),
        ([BEGUN, called(0, piece="{}"), WHOLE, FINISH], (None,)),
        ([called(0, "a", "", '{"k":1}'), FINISH], (False,)),
        ([BEGUN, WHOLE, called(1, "b", "put", "{"), FINISH], (True, False)),
        ([BEGUN, called(0, "a", piece="{}"), FINISH], (True,)),
        ([BEGUN, called(0, "a", "get", "{"), LOST, called(0, "a", "get", "}"), FINISH], (False,)),
        ([BEGUN, called(0, "a", "put", "{}"), FINISH], None),
        ([BEGUN, called(0, "b", "get", "{}"), FINISH], None),
        ([called(None, "a", "get", "{}"), FINISH], None),
        ([BEGUN, called(1, piece="{}"), FINISH], None),
        ([BEGUN, called(1, piece="{}"), called(1, "b", "put"), FINISH], (True, True)),
        ([BEGUN, called(1, piece="{}"), called(1, "b", "put"), WHOLE, FINISH], (False, False)),
        ([BEGUN, called(1, piece="{}"), FINISH, called(1, "b", "put")], None),
        ([BEGUN, OTHER, WHOLE, WHOLE, FINISH], (False, False)),
        ([BEGUN, OTHER, WHOLE, FINISH, WHOLE], (None, None)),
        ([BEGUN, OTHER, called(2, piece="{}"), FINISH], (False, False, False)),
        ([BEGUN, OTHER, called(2, piece="{}"), FINISH, WHOLE], None),
        ([BEGUN, OTHER, called(None, piece="{}"), FINISH], (False, False)),
        ([BEGUN, OTHER, called(2, "c", "rm", "{}"), called(None, piece="1"), FINISH], (False, False, False)),
        ([WHOLE_CALL, BEGUN, OTHER, called(None, piece="{}"), called(None, piece="{}"), FINISH], (None, False, False)),
        ([BEGUN, OTHER, FINISH, called(None, piece="{}")], None),
        ([BEGUN, OTHER, called(2, piece="{}"), called(None, piece="{}"), FINISH], None),
        ([BEGUN, called(None, piece="{}"), FINISH], None),
        ([BEGUN, said(Delta(tool_calls=(CallDelta(index=1, extra_content={"x": 1}),))), FINISH], None),
        ([BEGUN, whole(content="t")], None),
        ([OF_OLD], (False,)),
        ([OF_OLD, FINISH], (True,)),
        ([OF_OLD, BEGUN], None),
        ([CUSTOM], (False,)),
        ([CUSTOM, FINISH], (True,)),
        ([CUSTOM, Done()], (False,)),
        ([CUSTOM, LOST, FINISH], (False,)),
        ([CUSTOM, called(0, piece="x")], None),
        ([BEGUN, said(Delta(tool_calls=(CallDelta(index=0, custom=CustomDelta(input="x")),)))], None),
        ([said(Delta(tool_calls=(CallDelta(index=0),))), FINISH], ()),
        ([Chunk(choices=(Choice(index=1, delta=Delta(tool_calls=(CallDelta(),))),))], ()),
    ],
)
def test_what_is_safe_is_read_naively(chunks: list[Any], expected: Any) -> None:
    assert safe(chunks, CONFIG) == expected


# Arguments that may be another call's.

A, B = '{"k":1}', '{"k":2}'


def named(text: str, first: Any = "placed") -> Cell:
    return cell_of(text, True, first if text else "")


def orphan(text: str) -> Cell:
    return cell_of(text, False, "early")


def test_a_text_is_read_as_values_one_after_the_other() -> None:
    assert cell_of(f" {A} null{{}} ", True, "placed").values == ((("k", "1"),), None, ())
    assert (cell_of("[1]{", True, "placed").values, cell_of("[1]{", True, "placed").rest) == (([("1")],), "{")
    assert cell_of("x", True, "placed") == Cell(True, "placed", (), "x")


@pytest.mark.parametrize(
    ("text", "blank", "idle", "lacks", "again", "another"),
    [
        ("", True, False, True, False, False),
        ("{}", False, True, False, False, False),
        ("null", False, True, True, False, False),
        ("{}{}", False, True, False, False, False),
        ("{}{", False, False, True, True, False),
        (A, False, False, False, False, False),
        (A + "}", False, False, False, False, False),
        (A + A, False, False, False, True, False),
        ("{}" + A, False, False, False, True, False),
        (A + "{}", False, False, False, True, True),
        (A + B, False, False, False, True, True),
        (A + '{"', False, False, False, True, True),
        ('{"k"', False, False, True, False, False),
    ],
)
def test_what_came_under_an_index(text: str, blank: bool, idle: bool, lacks: bool, again: bool, another: bool) -> None:
    cell = named(text)
    assert (cell.blank, cell.idle, cell.lacks, cell.again, cell.another) == (blank, idle, lacks, again, another)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, set()),
        ({0: named(A), 1: named(B)}, set()),
        ({0: named(A), 1: named("")}, set()),
        ({0: named(A, "early"), 1: named("")}, set()),
        ({0: named(A, "early"), 1: named(B, "named")}, set()),
        ({0: named(A, "early"), 1: named(B), 2: named(B, "named"), 3: named("")}, {0, 1, 3}),
        ({0: named(A + B), 1: named("")}, {0, 1}),
        ({0: named(A + A), 1: named("{}")}, set()),
        ({0: named(A + B), 1: named("{}")}, {0, 1}),
        ({0: named(A + B), 1: named(A), 2: named(""), 3: named(A)}, {0, 1, 2}),
        ({0: named(""), 1: orphan(A)}, None),
        ({0: named(""), 1: named(""), 2: orphan(A)}, {0, 1, 2}),
        ({0: named(A), 1: named("{}"), 2: named('{"k"'), 3: orphan(A), 4: orphan(A)}, {1, 2, 3, 4}),
        ({0: named(""), 1: named(A), 2: named(A, "named"), 3: orphan(A), 4: named(A)}, {0, 1, 3, 4}),
    ],
)
def test_where_arguments_may_be_another_call_s(cells: dict[int, Cell], expected: set[int] | None) -> None:
    assert strays(cells) == expected


def test_arguments_with_an_id_and_without_a_name_are_nobody_s() -> None:
    assert strays({0: cell_of("", True, ""), 1: cell_of(A, True, "named", tool=False)}) == {0}
    assert strays({0: cell_of(A, True, "named"), 1: cell_of(A, True, "named", tool=False)}) == set()
