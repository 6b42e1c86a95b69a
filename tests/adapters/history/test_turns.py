"""Turns, and JSON of one's own."""

import json

from hypothesis import given
from streamfold.adapters.history import ChatTurn, InputTurn
from streamfold.adapters.history.turns import copied
from streamfold.reducer.values.json_values import freeze
from support.json_texts import json_values


def test_a_turn_without_a_message_adds_none() -> None:
    assert ChatTurn(None).messages == []
    assert ChatTurn({"role": "assistant", "content": "x"}).messages == [{"role": "assistant", "content": "x"}]
    assert (InputTurn([]).calls, InputTurn([]).waiting, InputTurn([]).left_out) == ((), (), ())


@given(value=json_values)
def test_a_copy_can_be_changed_and_says_the_same(value: object) -> None:
    made = copied(freeze(value))
    sent = json.dumps(made, ensure_ascii=False).encode()  # as the openai client writes it
    said = json.dumps(freeze(value)).encode()
    assert json.loads(sent) == made
    if b"\\ud" not in said:
        assert json.dumps(made).encode() == said
    if isinstance(made, dict):
        made["new"] = 1
    if isinstance(made, list):
        made.append(1)


def test_halves_of_characters_can_be_sent() -> None:
    assert copied({"\ud83d\ude00": ["a\ud83d", "\ud83d\ude00", "\ude00é"]}) == {"😀": ["a\ufffd", "😀", "\ufffdé"]}
