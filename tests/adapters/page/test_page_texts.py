"""Long texts: each at its longest, and what stands for a text is as much of it as it was."""

from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.page.texts import Texts
from streamfold.adapters.utf16 import as_characters, as_units
from streamfold.reducer.values.text import text

PIECES = st.lists(st.sampled_from(["a", "b" * 40, "é😀" * 20, "\ud83d", "c" * 5_000]), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["here", "there"]), st.booleans(), PIECES), max_size=12))
def test_what_was_written_can_be_read(given: list[tuple[str, bool, list[str]]]) -> None:
    texts, refs = Texts(), list[tuple[str, tuple[int, int]]]()
    for path, is_str, pieces in given:
        whole = ""
        for piece in pieces:
            whole += piece
            refs.append((whole, texts.ref(whole if is_str else text(whole), (path,))))
    whole_texts = texts.whole
    for said, (number, length) in refs:
        assert as_characters(as_units(whole_texts[number])[:length]) == as_characters(said)


def test_texts_that_take_turns_in_one_place_are_each_written_once() -> None:
    texts, first, second = Texts(), text("the first text, of many characters: "), text("the second one, of as many: ")
    for number in range(500):
        first, second = first.append(f"word {number} "), second.append(f"word {number} ")
        texts.ref(first, ("place",))
        texts.ref(second, ("place",))
    assert texts.whole == [str(first), str(second)]


def test_texts_that_begin_alike_are_apart() -> None:
    texts, begun = Texts(), text("they begin alike, for forty characters: ")
    refs = [texts.ref(begun.append(f"{number:03}"), ("place", str(number))) for number in range(100)]
    assert len({number for number, _ in refs}) == 100
    assert texts.ref(begun, ("place", "0")) == (0, len(begun))
