from typing import Any

import pytest
from streamfold.adapters.laws.oracle_chat_calls import safe
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from support.alphabets import BOOM, FINISH, called, said, whole
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)
BEGUN = called(0, "a", "get", "")
WHOLE = called(0, piece='{"k":[1,{}]}')
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
        ([BEGUN, called(0, piece="{}"), LOST, FINISH], (True,)),
        ([BEGUN, called(0, piece="{}"), WHOLE, FINISH], (None,)),
        ([called(0, "a", "", '{"k":1}'), FINISH], (False,)),
        ([BEGUN, WHOLE, called(1, "b", "put", "{"), FINISH], (True, False)),
        ([BEGUN, called(0, "a", piece="{}"), FINISH], None),
        ([called(None, "a", "get", "{}"), FINISH], None),
        ([BEGUN, called(1, piece="{}"), FINISH], None),
        ([BEGUN, whole(content="t")], None),
        ([said(Delta(function_call=FunctionDelta(name="get", arguments="{}")))], None),
        ([said(Delta(tool_calls=(CallDelta(index=0, id="a", custom=CustomDelta(name="sh", input="x")),)))], None),
        ([said(Delta(tool_calls=(CallDelta(index=0),))), FINISH], ()),
        ([Chunk(choices=(Choice(index=1, delta=Delta(tool_calls=(CallDelta(),))),))], ()),
    ],
)
def test_what_is_safe_is_read_naively(chunks: list[Any], expected: Any) -> None:
    assert safe(chunks, CONFIG) == expected
