"""Reducers that lose, join or make up what no fold reads, or say an answer twice: law 3 or 11 must catch every one."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamfold.adapters.errors import LawBroken
from streamfold.reducer.completions import levels, whole
from streamfold.reducer.completions.levels import Levels
from streamfold.reducer.responses import draft
from streamfold.reducer.responses.reconcile import whole_item
from streamfold.reducer.shared import extras
from streamfold.reducer.values.json_values import FrozenObject
from support.walk import WORLDS, walk

Patch = Callable[[pytest.MonkeyPatch], None]
Json = Mapping[str, Any]


def keep_instead(monkeypatch: pytest.MonkeyPatch, change: Callable[[Json, Json], Json]) -> None:
    """Let what is kept after an addition be what this makes of what was there before and afterwards."""

    class Changed(extras.Addition):
        __slots__ = ()

        def __init__(self, known: Any, more: Any, room: int, **how: Any) -> None:
            super().__init__(known, more, room, **how)
            if self.members is not known:
                self.members = FrozenObject(change(known, self.members))

    monkeypatch.setattr(extras, "Addition", Changed)


def forgets_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_instead(monkeypatch, lambda _, after: {name: of for name, of in after.items() if name != "listed"})


def joins_two_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    def joined(member: Any) -> Any:
        return "".join(member) if isinstance(member, tuple) and all(isinstance(of, str) for of in member) else member

    keep_instead(monkeypatch, lambda _, after: {name: joined(of) for name, of in after.items()})


def keeps_the_last_signature_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def last(name: str, member: Any) -> Any:
        return member[-1] if name == "x_signature" and isinstance(member, tuple) else member

    keep_instead(monkeypatch, lambda _, after: {name: last(name, of) for name, of in after.items()})


def keeps_only_the_first_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(member: Any) -> Any:
        return member[:1] if isinstance(member, tuple) and isinstance(member[0], int) else member

    keep_instead(monkeypatch, lambda _, after: {name: first(of) for name, of in after.items()})


def keeps_the_first_value(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_instead(monkeypatch, lambda before, after: {**after, **{name: before[name] for name in before}})


def makes_up_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_instead(monkeypatch, lambda _, after: {**after, "made_up": 1})


def says_a_whole_answer_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole.Echo, "read", lambda known, channel, text, piece: (known, piece, 0))


def forgets_json_that_is_no_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Levels, "with_unknown", lambda known, came: (known, []))


def forgets_what_calls_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Levels, "with_call", lambda levels, known, more: (levels, known, []))


def keeps_log_probabilities_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Levels.after

    def after(known: Levels, chunk: Any, choice: Any, delta: Any) -> Any:
        seen = "choice" in known.kept.extras.members and "logprobs" in known.kept.extras.members["choice"]
        return real(known, chunk, None if seen else choice, delta)

    monkeypatch.setattr(Levels, "after", after)


def names_no_member(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (levels, draft):
        monkeypatch.setattr(module, "notes_of", lambda *_: iter(()))


def forgets_what_items_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft.ResponsesDraft, "keep_of_item", lambda *_, **__: None)


def forgets_events_that_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    real = draft.ResponsesDraft.keep_of_answer

    def keep(known: Any, more: Any, said: str, *path: str) -> None:
        if not path:
            real(known, more, said)

    monkeypatch.setattr(draft.ResponsesDraft, "keep_of_answer", keep)


def drops_an_item_s_own_members(monkeypatch: pytest.MonkeyPatch) -> None:
    real = whole_item.freeze

    def freeze(raw: Any) -> Any:
        frozen = real(raw)
        if not isinstance(frozen, FrozenObject):
            return frozen
        return FrozenObject({name: of for name, of in frozen.items() if name != "group"})

    monkeypatch.setattr(whole_item, "freeze", freeze)


EVERYWHERE: tuple[Patch, ...] = (
    forgets_a_member,
    joins_two_signatures,
    keeps_the_last_signature_alone,
    keeps_only_the_first_of_a_list,
    keeps_the_first_value,
    makes_up_a_member,
    names_no_member,
)
BROKEN: tuple[tuple[Patch, str], ...] = (
    *((patch, world) for world in ("unread", "unread-events") for patch in EVERYWHERE),
    (forgets_what_calls_have, "unread"),
    (forgets_json_that_is_no_chunk, "chat"),
    (says_a_whole_answer_twice, "wholes"),
    (keeps_log_probabilities_once, "unread"),
    (forgets_what_items_have, "unread-events"),
    (forgets_events_that_it_does_not_know, "unread-events"),
    (drops_an_item_s_own_members, "unread-events"),
)


@pytest.mark.parametrize(("patch", "world"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_a_reducer_that_loses_or_repeats_is_caught(patch: Patch, world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = next(known for known in WORLDS if known.name == world)
    patch(monkeypatch)
    with pytest.raises(LawBroken) as caught:
        walk(found, 3)
    assert caught.value.law.number == (11 if world == "wholes" else 3), caught.value
