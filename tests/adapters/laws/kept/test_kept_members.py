"""What came of members that are to be kept, beside what is there."""

from typing import Any

import pytest
from streamfold.adapters.laws.kept.kept_members import Came


def came_of(*members: Any) -> Came:
    came = Came()
    for each in members:
        came.add(each)
    return came


@pytest.mark.parametrize(
    ("came", "found"),
    [
        ([{"a": 1}, {"a": None}, {"a": 2}], {"a": 2}),
        ([{"a": {"b": 1, "c": ""}}, {"a": {"d": []}}, {"a": {"e": 2}}], {"a": {"b": 1, "e": 2}}),
        ([{"a": [1]}, {"a": [1, 2]}, {"a": 3}], {"a": (1, 2, 3)}),
        ([{"a": 0}, {"a": 1}, {"a": [{"n": [2]}]}], {"a": (1, {"n": (2,)})}),
        ([{"x_signature": "a"}, {"x_signature": "b"}], {"x_signature": ("a", "b")}),
        ([{"audio": {"data": "a"}}, {"audio": {"data": "b"}}], {"audio": {"data": ("a", "b")}}),
        ([{"a": {"b": 1}}, {"a": 2}], {"a": "whatever"}),
        ([{"a": float("inf"), "b": 10**4000}], {}),
        ([{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": 1}}}}}}}}}}], {"a": {}}),
    ],
)
def test_what_is_kept_as_it_should_be(came: Any, found: Any) -> None:
    assert came_of(*came).wrong(found) is None
    assert came_of(*came).wrong_among([{}, found]) is None


@pytest.mark.parametrize(
    ("came", "found", "wrong"),
    [
        ([{"a": 1}, {"a": 2}], {"a": 1}, "a is 1, and 2 came last"),
        ([{"a": {"b": 1}}], {}, "a.b is None, and 1 came last"),
        ([{"a": [1]}, {"a": [2]}], {"a": (1,)}, "a is (1,), and lacks [2]"),
        ([{"x_signature": "a"}, {"x_signature": "b"}], {"x_signature": "ab"}, "lacks ['a', 'b']"),
        ([{"x_signature": "a"}], {"x_signature": ("a", "c")}, "x_signature has ['c'], which never came"),
        ([{"encrypted": "a"}, {"encrypted": "b"}], {"encrypted": "b"}, "lacks ['a']"),
        ([{"a": 1}], {"a": 1, "b": 2}, "b has [2], which never came"),
    ],
)
def test_what_is_lost_or_made_up(came: Any, found: Any, wrong: str) -> None:
    assert wrong in str(came_of(*came).wrong(found))


def test_of_what_comes_with_each_token_the_entries_are_counted() -> None:
    came = came_of(*[{"logprobs": {"content": ["t"]}}] * 2)
    assert came.wrong({"logprobs": {"content": ("t", "t")}}, counted=True) is None
    assert "and ['t', 't'] came" in str(came.wrong({"logprobs": {"content": ("t",)}}, counted=True))
    assert came.wrong({"logprobs": {"content": ("t",)}}) is None
    came.add({"logprobs": {"content": ["t"]}}, required=False)
    assert came.wrong({"logprobs": {"content": ("t", "t")}}, counted=True) is None


def test_what_need_not_be_there_may_be() -> None:
    came = Came()
    came.add({"a": 1}, required=False)
    assert came.required == set()
    assert came.wrong({}) is came.wrong({"a": 1}) is came.wrong_among([{}, {"a": 1}]) is None


def test_places_that_are_not_told_apart_share_what_came() -> None:
    came = came_of({"a": [1], "b": 1})
    came.merge(came_of({"a": [2], "b": 2}))
    assert came.wrong_among([{"a": (1,), "b": 1}, {"a": (2,)}]) is None
    assert came.wrong_among([{"a": (1,), "b": 1}, {}]) == "a lacks [2]"
    assert came.wrong_among([{"a": (1, 2)}]) == "b lacks [1, 2]"
    assert came.wrong_among([{"a": (1, 2), "b": 1}, {"c": 3}]) == "c has [3], which never came"
