import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.completions.think_tags import Tags, flush, split
from support.json_texts import Run, after_every_cut, cuts, join

# What `split` should make of a whole content, said in one expression each: (space before, reasoning, text).
GATED = re.compile(r"(\s{0,64})<think>(.*?)(?:</think>(.*))?", re.DOTALL)
OPENED = re.compile(r"(?:(\s{0,64})<think>)?(.*?)(?:</think>(.*))?", re.DOTALL)

contents = st.lists(
    st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</", "<", " ", "\n", "a", "b>", "\u00a0", "🙂"]),
    max_size=12,
).map("".join)


def expected(content: str, opened: bool) -> tuple[Run, ...]:
    match = (OPENED if opened else GATED).fullmatch(content)
    if match is None:
        return join([("text", content)])
    space, reasoning, text = match.groups("")
    return join([("text", space), ("reasoning", reasoning), ("text", text)])


def outcomes(content: str, opened: bool) -> set[tuple[Run, ...]]:
    """What is said over every cut of the content, and a flush."""
    reached = after_every_cut(split, Tags(opened=opened), content)
    return {join((*said, *flush(tags)[1])) for tags, said in reached}


def said_of(pieces: Iterable[str], opened: bool) -> tuple[Run, ...]:
    tags, said = Tags(opened=opened), []
    for piece in pieces:
        tags, more = split(tags, piece)
        said += more
    return join([*said, *flush(tags)[1]])


GATED_CASES: dict[str, tuple[Run, ...]] = {
    "": (),
    "plain": (("text", "plain"),),
    "<think>why</think>so": (("reasoning", "why"), ("text", "so")),
    " \n<think>why</think>\n\nso": (("text", " \n"), ("reasoning", "why"), ("text", "\n\nso")),
    " " * 64 + "<think>a": (("text", " " * 64), ("reasoning", "a")),
    " " * 65 + "<think>a": (("text", " " * 65 + "<think>a"),),
    "<think></think>so": (("text", "so"),),
    "<think>why": (("reasoning", "why"),),
    "<think>why</thi": (("reasoning", "why</thi"),),
    "<think>a</thin</think>b": (("reasoning", "a</thin"), ("text", "b")),
    "<think>a<</think>b": (("reasoning", "a<"), ("text", "b")),
    "<think>a<think>b</think>c": (("reasoning", "a<think>b"), ("text", "c")),
    "<think>a</think>b</think><think>c": (("reasoning", "a"), ("text", "b</think><think>c")),
    "so <think>why</think>": (("text", "so <think>why</think>"),),
    "</think>so": (("text", "</think>so"),),
    "<thinking>so": (("text", "<thinking>so"),),
    "<<think>so": (("text", "<<think>so"),),
    "<Think>so": (("text", "<Think>so"),),
    "<thi": (("text", "<thi"),),
    "  ": (("text", "  "),),
}
OPENED_CASES: dict[str, tuple[Run, ...]] = {
    "": (),
    "why</think>so": (("reasoning", "why"), ("text", "so")),
    "</think>so": (("text", "so"),),
    "\n</think>so": (("reasoning", "\n"), ("text", "so")),
    "<think>why</think>so": (("reasoning", "why"), ("text", "so")),
    "\n<think>why</think>so": (("text", "\n"), ("reasoning", "why"), ("text", "so")),
    " " * 64 + "<think>a": (("text", " " * 64), ("reasoning", "a")),
    " " * 65 + "<think>a": (("reasoning", " " * 65 + "<think>a"),),
    "why<think>more</think>so": (("reasoning", "why<think>more"), ("text", "so")),
    "a</think>b</think>c": (("reasoning", "a"), ("text", "b</think>c")),
    "why": (("reasoning", "why"),),
    "<thi": (("reasoning", "<thi"),),
    "  ": (("reasoning", "  "),),
}


@pytest.mark.parametrize(("content", "said"), GATED_CASES.items())
def test_only_a_block_at_the_beginning_is_reasoning_however_it_is_cut(content: str, said: tuple[Run, ...]) -> None:
    assert outcomes(content, opened=False) == {said}


@pytest.mark.parametrize(("content", "said"), OPENED_CASES.items())
def test_an_opened_content_begins_as_reasoning_however_it_is_cut(content: str, said: tuple[Run, ...]) -> None:
    assert outcomes(content, opened=True) == {said}


@given(contents, st.booleans())
def test_every_cut_of_a_random_content_says_what_the_expressions_say(content: str, opened: bool) -> None:
    assert outcomes(content, opened) == {expected(content, opened)}


@given(st.data(), st.text(max_size=200), st.text(max_size=200))
def test_nothing_is_lost(data: st.DataObject, reasoning: str, text: str) -> None:
    content = f"<think>{reasoning}</think>{text}"
    said = said_of(data.draw(cuts(content)), opened=False)
    assert "".join(text for _, text in said) == reasoning + text


@given(st.data(), contents)
def test_what_is_said_with_its_tags_is_the_content(data: st.DataObject, content: str) -> None:
    said = said_of(data.draw(cuts(content)), opened=False)
    whole = "".join(text for _, text in said)
    without_opening = content.replace("<think>", "", 1)
    assert whole in (content, without_opening, without_opening.replace("</think>", "", 1))


@pytest.mark.parametrize("space", [" " * 65, "\n" * 65, " " * 10_000])
@pytest.mark.parametrize(("opened", "channel"), [(False, "text"), (True, "reasoning")])
def test_more_than_64_spaces_are_not_held_back(space: str, opened: bool, channel: str) -> None:
    tags, pieces = split(Tags(opened=opened), space)
    assert pieces == [(channel, space)]
    assert tags.held == ""


def test_64_spaces_are_held_back() -> None:
    assert split(Tags(), " " * 64) == (Tags(held=" " * 64), [])


@given(contents, st.booleans())
def test_never_more_is_held_back_than_space_and_a_tag(content: str, opened: bool) -> None:
    tags = Tags(opened=opened)
    for letter in content:
        tags, _ = split(tags, letter)
        assert "<think>".startswith(tags.held.lstrip()) or "</think>".startswith(tags.held)
        assert len(tags.held) <= 64 + len("<think>")


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (Tags("before", "<th"), [("text", "<th")]),
        (Tags("before", "<th", opened=True), [("reasoning", "<th")]),
        (Tags("inside", "</th"), [("reasoning", "</th")]),
        (Tags("inside", "</th", opened=True), [("reasoning", "</th")]),
        (Tags("before"), []),
        (Tags("inside"), []),
        (Tags("after"), []),
    ],
)
def test_a_flush_says_what_is_held_back_once(tags: Tags, said: list[Run]) -> None:
    after, pieces = flush(tags)
    assert pieces == said
    assert after == Tags(tags.phase, "", tags.opened)
    assert flush(after) == (after, [])


def test_no_piece_is_empty() -> None:
    for opened in (False, True):
        for content in ("", "<think>", "<think></think>", "</think>"):
            assert all(text for _, text in split(Tags(opened=opened), content)[1])


def test_how_the_template_began_is_not_forgotten() -> None:
    tags = Tags(opened=True)
    for content in ("<th", "ink>a", "b</think>", "c"):
        tags, _ = split(tags, content)
        assert tags.opened
    assert flush(tags)[0].opened


def test_unless_it_is_told_otherwise_a_content_begins_before_its_tags() -> None:
    begun = Tags()
    assert (begun.phase, begun.held, begun.opened) == ("before", "", False)


PAIRS = (("<thought>", "</thought>"), ("[T]", "[/T]"), ("<th:x>", "</th:x>"))


@given(
    st.lists(
        st.sampled_from([*(tag for pair in PAIRS for tag in pair), "<th", "ought>", "[", "/T]", " ", "a", "🙂"]),
        max_size=8,
    ).map("".join)
)
def test_several_pairs_are_read_at_every_cut(content: str) -> None:
    space, begun = content[: len(content) - len(content.lstrip())], content.lstrip()
    runs = join([("text", content)])
    for opening, closing in PAIRS:
        if begun.startswith(opening):
            reasoning, _, text = begun.removeprefix(opening).partition(closing)
            runs = join([("text", space), ("reasoning", reasoning), ("text", text)])
    reached = after_every_cut(split, Tags(pairs=PAIRS), content)
    assert {join((*said, *flush(tags)[1])) for tags, said in reached} == {runs}


def test_a_block_ends_by_its_own_closing_tag() -> None:
    tags, pieces = split(Tags(pairs=PAIRS), "[T]a</thought>b[/T]c")
    assert pieces == [("reasoning", "a</thought>b"), ("text", "c")]
    assert tags == Tags("after", "", False, PAIRS, "[/T]")
