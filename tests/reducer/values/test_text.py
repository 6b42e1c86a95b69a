import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.text import BLOCK, EMPTY, Text, text
from support.json_texts import cuts

sizes = st.sampled_from([0, 1, 2, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7])
pieces_of_any_size = st.lists(
    st.builds(lambda letter, size: letter * size, st.sampled_from("ab√🙂"), sizes), max_size=8
)


def appended(pieces: list[str]) -> Text:
    whole = EMPTY
    for piece in pieces:
        whole = whole.append(piece)
    return whole


@given(pieces_of_any_size)
def test_append_is_concatenation(pieces: list[str]) -> None:
    whole = appended(pieces)
    assert str(whole) == "".join(pieces)
    assert len(whole) == len("".join(pieces))


@given(st.lists(st.text(max_size=20), max_size=8))
def test_append_of_short_pieces_is_concatenation(pieces: list[str]) -> None:
    assert str(appended(pieces)) == "".join(pieces)


@given(st.data(), pieces_of_any_size)
def test_equal_contents_are_equal_values_whatever_the_pieces(data: st.DataObject, pieces: list[str]) -> None:
    content = "".join(pieces)
    one, other = appended(pieces), appended(data.draw(cuts(content)))
    assert one == other == text(content)
    assert hash(one) == hash(other) == hash(text(content))
    assert pickle.dumps(one) == pickle.dumps(pickle.loads(pickle.dumps(other)))
    assert pickle.loads(pickle.dumps(one)) == other


@given(pieces_of_any_size)
def test_blocks_are_exactly_full_and_the_tail_is_shorter(pieces: list[str]) -> None:
    whole = appended(pieces)
    assert {len(block) for block in whole.blocks} <= {BLOCK}
    assert len(whole.tail) < BLOCK


def test_a_block_has_4096_characters() -> None:
    assert BLOCK == 4096
    assert text("x" * 4096) == Text(("x" * 4096,), "")


def test_different_contents_are_different_values() -> None:
    assert text("a") != text("b")
    assert text("x" * BLOCK) != text("x" * (BLOCK - 1))


@pytest.mark.parametrize("content", ["", "a", "x" * BLOCK, "x" * BLOCK + "y"])
def test_appending_nothing_returns_the_very_object(content: str) -> None:
    whole = text(content)
    assert whole.append("") is whole


def test_the_empty_text_is_false_and_any_other_true() -> None:
    assert not EMPTY
    assert text("a")
    assert text("x" * BLOCK)


def test_appending_shares_the_sealed_blocks() -> None:
    old = text("a" * BLOCK + "b" * BLOCK + "c")
    new = old.append("d" * BLOCK)
    assert new.blocks[0] is old.blocks[0]
    assert new.blocks[1] is old.blocks[1]
    assert old.append("e").blocks is old.blocks


def test_appending_leaves_the_older_text_as_it_was() -> None:
    old = text("a" * BLOCK + "b")
    futures = old.append("c" * BLOCK), old.append("d")
    assert str(old) == "a" * BLOCK + "b"
    assert [str(future) for future in futures] == ["a" * BLOCK + "b" + "c" * BLOCK, "a" * BLOCK + "bd"]


def test_a_text_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EMPTY.tail = "x"  # type: ignore[misc]


def test_a_stretch_of_a_text_is_that_of_its_characters() -> None:
    whole = "".join(chr(0x100 + at % 700) for at in range(2 * BLOCK + 9))
    known = text(whole)
    marks = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 3, 2 * BLOCK + 9, 2 * BLOCK + 20]
    for start in marks:
        for end in marks:
            assert known.between(start, end) == whole[start:end], (start, end)


@given(pieces_of_any_size, pieces_of_any_size, st.integers(0, 4 * BLOCK))
def test_beginnings_are_those_of_the_string(pieces: list[str], others: list[str], size: int) -> None:
    whole, content = appended(pieces), "".join(pieces)
    for other in (content[:size], content + "a", "".join(others)):
        assert whole.startswith(other) is content.startswith(other)
        assert whole.begins(other) is other.startswith(content)


@given(pieces_of_any_size, st.text("ab√🙂", max_size=3), sizes, st.integers(0, 4 * BLOCK))
def test_a_piece_is_found_where_it_is_in_the_string(pieces: list[str], ends: str, size: int, start: int) -> None:
    whole, piece = appended(pieces), ends[:1] * size + ends[1:]
    found = str(whole).find(piece, start) if piece else -1
    assert not piece or whole.find(piece, start) == found


def repeated(content: str, start: int, piece: str) -> int:
    """By one repetition after the other."""
    at, ended = 0, 0
    rest = content[start:]
    while at < len(piece):
        if not rest or not piece.startswith(rest[: len(piece) - at], at):
            return ended
        at, rest = at + len(rest), content
        ended = at
    return len(piece)


@given(st.text("ab", max_size=5), st.data())
def test_what_a_piece_repeats_ends_with_it_or_with_a_whole_repetition(content: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(0, len(content) - 1)))
    endless = content[start:] + content * 9
    piece = endless[: data.draw(st.integers(0, 30))] + data.draw(st.text("ab", max_size=2))
    assert text(content).repeated_in(start, piece) == repeated(content, start, piece)


def test_a_long_text_is_repeated_from_one_block_into_the_next() -> None:
    content = "".join(map(str, range(2 * BLOCK)))
    whole, start = text(content), len(content) - 3
    assert whole.repeated_in(start, content[start:] + content + content[:5]) == 3 + len(content) + 5
    assert whole.repeated_in(start, content[start:] + content + "no") == 3 + len(content)
    assert whole.repeated_in(start, content[start:] + content[:-1]) == 3 + len(content) - 1
