from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.completions.reasoning_details import (
    NO_REASONING_DETAILS,
    ReasoningDetail,
    ReasoningDetails,
    reasoning_of,
)
from streamfold.reducer.values.json_values import FrozenObject
from streamfold.reducer.values.persistent import PersistentMap
from streamfold.reducer.values.text import text


def added(*deltas: Any) -> list[FrozenObject]:
    details = NO_REASONING_DETAILS
    for fragments in deltas:
        details = details.add(fragments).details
    return list(details)


def test_the_texts_of_one_detail_are_joined_and_its_signature_comes_last() -> None:
    assert added(
        [{"type": "reasoning.text", "index": 0, "text": "be", "signature": None, "format": "anthropic"}],
        [{"type": "reasoning.text", "index": 0, "text": "cause", "signature": ""}],
        [{"type": "reasoning.text", "index": 0, "text": "", "signature": "late", "format": None}],
    ) == [{"type": "reasoning.text", "index": 0, "text": "because", "signature": "late", "format": "anthropic"}]


@pytest.mark.parametrize("sealed", ["data", "signature"])
@pytest.mark.parametrize("ids", [{}, {"id": "x"}])
def test_what_is_encrypted_or_signed_is_never_joined(sealed: str, ids: dict[str, str]) -> None:
    fragments = [{"type": "t", "index": 0, **ids, sealed: value} for value in ("a", "a", "b", "b")]
    assert added(*([fragment] for fragment in fragments)) == [fragments[0], fragments[2]]


def test_details_of_one_index_stay_apart_by_their_ids() -> None:
    sealed = [{"type": "reasoning.encrypted", "index": 0, "id": name, "data": name * 3} for name in ("A", "B", "A")]
    assert added(*([fragment] for fragment in sealed)) == sealed[:2]


def test_without_an_id_the_last_detail_of_the_index_goes_on() -> None:
    fragments = [{"index": 0, "id": name, "text": name or "."} for name in ("x", "", "y", None, "x", "")]
    assert [(detail["id"], detail["text"]) for detail in added(fragments)] == [("x", "x.x."), ("y", "y.")]


def test_an_id_that_comes_late_is_the_id_of_what_came_before() -> None:
    fragments = [{"index": 0, "text": "a"}, {"index": 0, "id": "x", "text": "b"}, {"index": 0, "id": "y", "text": "c"}]
    assert [(detail["id"], detail["text"]) for detail in added(fragments)] == [("x", "ab"), ("y", "c")]


@pytest.mark.parametrize("name", ["text", "summary"])
@given(pieces=st.lists(st.text(max_size=3), min_size=1, max_size=6).filter(any))
def test_each_textual_member_is_the_concatenation_of_its_pieces(name: str, pieces: list[str]) -> None:
    (detail,) = added(*([{"type": "t", "index": 0, name: piece}] for piece in pieces))
    assert detail == {"type": "t", "index": 0, name: "".join(pieces)}


def test_details_stay_apart_by_type_and_index_in_order_of_first_sight() -> None:
    assert added(
        [{"type": "a", "index": 1, "text": "1"}, {"type": "a", "index": 0, "text": "2"}],
        [{"type": "b", "index": 1, "data": "3"}],
        [{"type": "a", "index": 0, "text": "4"}, {"type": "a", "index": 1, "text": "5"}],
    ) == [
        {"type": "a", "index": 1, "text": "15"},
        {"type": "a", "index": 0, "text": "24"},
        {"type": "b", "index": 1, "data": "3"},
    ]


def test_without_an_index_the_id_tells_details_apart() -> None:
    assert added(
        [{"type": "a", "id": "x", "text": "1"}, {"type": "a", "id": "y", "text": "2"}],
        [{"type": "a", "id": "x", "text": "3"}],
    ) == [
        {"type": "a", "id": "x", "text": "13"},
        {"type": "a", "id": "y", "text": "2"},
    ]


def test_without_an_index_and_an_id_the_type_alone_does() -> None:
    assert added([{"type": "a", "text": "1"}], [{"type": "a", "text": "2"}, {"text": "3"}]) == [
        {"type": "a", "text": "12"},
        {"text": "3"},
    ]


@given(st.permutations([("a", 0), ("a", 1), ("b", 0)] * 3))
def test_the_interleaving_of_details_changes_none_of_them(order: list[tuple[str, int]]) -> None:
    counts: dict[tuple[str, int], int] = {}
    deltas = []
    for key in order:
        counts[key] = counts.get(key, 0) + 1
        deltas.append([{"type": key[0], "index": key[1], "text": str(counts[key])}])
    assert {(detail["type"], detail["index"]): detail["text"] for detail in added(*deltas)} == dict.fromkeys(
        counts, "123"
    )


@pytest.mark.parametrize("fragments", [None, [], "text", 5, {}, {"text": "a"}, [None, "a", 5, [], {}]])
def test_what_is_no_list_of_objects_adds_nothing(fragments: Any) -> None:
    assert NO_REASONING_DETAILS.add(fragments).details == NO_REASONING_DETAILS
    assert added(fragments) == []


def test_a_textual_member_that_is_no_text_is_kept_as_it_is() -> None:
    assert added([{"type": "a", "text": 5, "summary": ["b"]}]) == [{"type": "a", "text": 5, "summary": ("b",)}]


def test_what_is_kept_does_not_follow_the_original() -> None:
    fragment: dict[str, Any] = {"type": "a", "extra": {"list": [1]}}
    details = NO_REASONING_DETAILS.add([fragment]).details
    fragment["extra"]["list"].append(2)
    assert list(details) == [{"type": "a", "extra": {"list": (1,)}}]
    assert isinstance(hash(details), int)


def test_adding_leaves_the_older_details_as_they_were() -> None:
    old = NO_REASONING_DETAILS.add([{"type": "a", "index": 0, "text": "1"}]).details
    futures = old.add([{"type": "a", "index": 0, "text": "2"}]).details, old.add([{"type": "b"}]).details
    assert list(old) == [{"type": "a", "index": 0, "text": "1"}]
    assert [list(future) for future in futures] == [
        [{"type": "a", "index": 0, "text": "12"}],
        [{"type": "a", "index": 0, "text": "1"}, {"type": "b"}],
    ]
    assert list(NO_REASONING_DETAILS) == list(ReasoningDetails()) == []


def test_a_whole_detail_has_its_members_and_its_texts() -> None:
    detail = ReasoningDetail(PersistentMap().put("type", "a"), (("text", text("b")), ("data", text("c"))))
    assert detail.whole() == {"type": "a", "text": "b", "data": "c"}
    assert isinstance(detail.whole(), FrozenObject)


@pytest.mark.parametrize(
    ("fragments", "shown"),
    [
        ([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.summary", "summary": "b"}], "ab"),
        ([{"text": "a", "summary": "b"}], "a"),
        ([{"text": "", "summary": "b"}], "b"),
        ([{"data": "encrypted"}, None, "c", {"text": 5}], ""),
        (None, ""),
        ({"text": "a"}, ""),
    ],
)
def test_reasoning_of_fragments_is_what_they_show(fragments: Any, shown: str) -> None:
    assert reasoning_of(fragments) == shown


def test_only_text_and_numbers_tell_fragments_apart() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    details = NO_REASONING_DETAILS.add([{"type": "x", "index": deep, "text": "a"}, {"type": "x", "text": "b"}]).details
    assert [detail["text"] for detail in details] == ["ab"]


def test_a_detail_of_nothing_but_empty_pieces_goes_back_whole() -> None:
    fragment = {"type": "reasoning.text", "index": 0, "text": "", "signature": "s"}
    assert list(NO_REASONING_DETAILS.add([fragment]).details) == [fragment]


def test_an_empty_signature_takes_none_away() -> None:
    fragments = [{"type": "t", "index": 0, "signature": "s"}, {"type": "t", "index": 0, "signature": ""}]
    assert list(NO_REASONING_DETAILS.add(fragments).details) == [fragments[0]]


def test_where_the_index_is_null_the_id_tells() -> None:
    fragments = [{"type": "a", "index": None, "id": name, "text": name} for name in ("x", "y")]
    assert [detail["text"] for detail in NO_REASONING_DETAILS.add(fragments).details] == ["x", "y"]
