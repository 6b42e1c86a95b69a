from typing import Any

from streamfold.reducer.diagnostics import noted
from streamfold.reducer.shared import extras as kept_extras
from streamfold.reducer.shared.extras import NO_EXTRAS, NOTHING_KEPT, Addition, Extras, extras_of, notes_of
from streamfold.reducer.values.json_values import EMPTY_OBJECT
from streamfold.reducer.values.persistent import PersistentVector


def kept(*came: Any, **how: Any) -> Any:
    members = EMPTY_OBJECT
    for one in came:
        members = Addition(members, one, 1 << 20, **how).members
    extras = Extras(members)
    assert extras_of(extras.frozen()) == extras
    return extras.frozen()


def test_objects_merge_and_the_last_value_counts() -> None:
    assert kept({"a": {"b": 1, "c": None}}, {"a": {"b": 2, "d": ""}}, {"a": {}}) == {"a": {"b": 2}}
    assert kept({"a": 1}, {"a": {"b": 1}}) == {"a": {"b": 1}}
    assert kept({1: "x", "n": float("nan")}) == {"1": "x"}


def test_lists_are_appended_unless_they_say_it_again() -> None:
    assert kept({"a": [1]}, {"a": [1, 2]}, {"a": [2]}, {"a": [3, 4]}, {"a": [1, 2, 3, 4]}) == {"a": (1, 2, 3, 4)}
    assert kept({"a": 1}, {"a": [2]}, {"a": 3}, {"a": 3}, {"a": {"b": 1}}) == {"a": (1, 2, 3, {"b": 1})}


def test_lists_of_tokens_are_always_appended_but_as_a_whole() -> None:
    one = {"logprobs": {"content": [{"token": "ha"}]}}
    assert kept(one, one) == {"logprobs": {"content": ({"token": "ha"},) * 2}}
    assert kept(one, one, whole=True) == {"logprobs": {"content": ({"token": "ha"},)}}


def test_signatures_and_pieces_are_appended_and_never_joined() -> None:
    names = ({"thought_signature": name} for name in "abba")
    assert kept(*names) == {"thought_signature": ("a", "b", "a")}
    audio = ({"audio": {"id": "x", "data": "AA"}} for _ in range(2))
    assert kept(*audio) == {"audio": {"id": "x", "data": ("AA", "AA")}}
    assert kept({"delta": "a"}, {"delta": "a"}, apart=True) == {"delta": ("a", "a")}


def test_what_is_there_already_changes_nothing() -> None:
    members = Addition(EMPTY_OBJECT, {"a": {"b": [1], "s_signature": "x"}, "c": 2}, 1000).members
    again = Addition(members, {"a": {"b": [1], "s_signature": "x"}, "c": 2}, 1000)
    assert again.members is members
    assert (again.new, again.size, again.dropped, again.again) == ((), 0, 0, False)


def test_long_lists_are_shared() -> None:
    long = Addition(EMPTY_OBJECT, {"a": list(range(40))}, 1 << 20).members
    assert isinstance(long["a"], PersistentVector)
    more = Addition(long, {"a": [40]}, 1 << 20).members
    assert Extras(more).frozen() == {"a": tuple(range(41))}
    assert kept({"a": list(range(40))}, {"x": 1}, {"a_signature": "s"}, {"a": list(range(41))})["a"][-1] == 40
    signed = kept(*({"opaque": str(at)} for at in range(50)), {"opaque": "49"})
    assert len(signed["opaque"]) == 50


def test_deep_objects_are_taken_as_a_whole() -> None:
    deep: Any = {"x": [1]}
    for _ in range(10):
        deep = {"a": deep}
    assert kept(deep, deep) == Extras(Addition(EMPTY_OBJECT, deep, 1000).members).frozen()
    for _ in range(100):
        deep = {"a": deep}
    assert Addition(EMPTY_OBJECT, {"b": deep}, 1 << 20).dropped == 1


def test_there_is_a_limit() -> None:
    full = Addition(EMPTY_OBJECT, {"a": "x" * 10, "b": "y" * 100}, 50)
    assert (dict(full.members), full.dropped) == ({"a": "x" * 10}, 1)
    assert dict(Addition(full.members, {"a": "z" * 60}, 20).members) == {"a": "x" * 10}
    names = Addition(EMPTY_OBJECT, {str(at): at for at in range(2000)}, 1 << 20)
    assert (len(names.members), names.dropped) == (kept_extras.MOST_NAMES, 2000 - kept_extras.MOST_NAMES)
    assert list(notes_of(names, "p.", ["n"])) == [
        ("kept", "p.n"),
        ("ignored", "members beyond the limits of what is kept"),
    ]


def test_an_answer_and_its_lanes_share_one_limit() -> None:
    answer, addition = NOTHING_KEPT.add({"a": "xx"}, "choice")
    assert (answer.extras.frozen(), addition.dropped) == ({"choice": {"a": "xx"}}, 0)
    lane, after, _ = answer.add_to(NO_EXTRAS, {"b": "yy"})
    assert (lane.frozen(), after.size > answer.size) == ({"b": "yy"}, True)
    assert answer.add({"a": "xx"}, "choice")[0] is answer
    assert after.add_to(lane, {"b": "yy"})[:2] == (lane, after)


def test_members_are_named_once_and_crowd_nothing_out() -> None:
    notes = noted(noted((), "kept", "a"), "kept", "a")
    assert [(note.detail, note.count) for note in notes] == [("a", 1)]
    for at in range(100):
        notes = noted(notes, "kept", str(at))
    assert (len(notes), notes[-1].detail, notes[-1].count) == (65, "(further ones)", 37)
    assert noted(notes, "mismatch", "x")[-1].kind == "mismatch"
