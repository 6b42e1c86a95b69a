"""Texts that come again: what is held, what is emitted, and what a step makes of it."""

from streamfold.reducer import responses
from streamfold.reducer.values.text import BLOCK
from support.event_shapes import begun, created, folded, item_added, message, message_lane, open_state, text_delta
from support.law_checks import channels


def test_what_may_be_a_repetition_waits_for_what_is_none() -> None:
    state = open_state([created(), *message_lane("abc", pieces=["abc"])])
    state, said = responses.step(state, _delta("bc"))
    assert said == ()
    state, said = responses.step(state, _delta("x"))
    assert [one.content for one in said] == ["bcx"]  # type: ignore[union-attr]
    state, said = responses.step(state, _delta("bc"))
    assert [one.content for one in said] == ["bc"]  # type: ignore[union-attr]


def test_a_repetition_is_looked_for_from_where_the_last_one_began() -> None:
    for late in (["a", "b"], ["ab"], ["a", "bx"], ["abx"], ["ay"]):
        fold = folded([created(), *message_lane("axab", pieces=["axab"]), *map(text_delta, late)])
        assert channels(fold.messages)["text"] == fold.result.text == "axab" + "".join(late)


def test_a_long_text_that_was_added_is_matched_in_any_block() -> None:
    text = "".join(chr(0x100 + at % 500) for at in range(2 * BLOCK + 7))
    for size in (1000, BLOCK, BLOCK + 1):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        fold = folded([item_added(message(0, text)), *map(text_delta, pieces), text_delta("!")])
        assert channels(fold.messages)["text"] == fold.result.text == text + "!"


def test_deltas_that_go_on_keep_the_part_in_work() -> None:
    state = open_state([begun(message()), text_delta("a"), text_delta("b")])
    assert state.work is not None
    assert (state.work.position, state.work.part, str(state.text)) == (0, 0, "ab")


def _delta(piece: str) -> responses.Chunk:
    return responses.Chunk(
        type="response.output_text.delta", output_index=0, item_id="item_0", content_index=0, delta=piece
    )
