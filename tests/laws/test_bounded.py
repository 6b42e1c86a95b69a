"""Law 13 on short sequences, on long random ones, and on reducers that are broken on purpose."""

import os
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws.bounds import bounded
from streamfold.adapters.laws.checker import check_laws, oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin, step
from streamfold.reducer import chat
from streamfold.reducer.completions import calls_draft
from streamfold.reducer.completions.chunk import Delta
from streamfold.reducer.completions.tool_calls import verdict
from streamfold.reducer.shared.draft import Draft
from streamfold.reducer.shared.envelope import Envelope
from support.alphabets import called, said
from support.walk import WORLDS, World

worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


def prefix_of(world: World, chunks: tuple[Any, ...]) -> Prefix:
    prefix = begin(world.machine, world.config, oracle_of(world.machine))
    for chunk in chunks:
        prefix = step(prefix, chunk).after
    return prefix


@pytest.mark.deep
@worlds
def test_each_pair_of_chunks_keeps_the_law(world: World) -> None:
    """Each fifth pair, or all of them where the other laws are walked deeper than by default."""
    pairs = list(product(world.alphabet, repeat=2))
    for chunks in pairs if "STREAMFOLD_DEPTH" in os.environ else pairs[::5]:
        wrong = bounded(prefix_of(world, (*world.opening, *chunks)))
        assert wrong is None, (wrong, chunks)


@pytest.mark.deep
@worlds
@given(data=st.data())
def test_long_random_sequences_keep_the_law(world: World, data: st.DataObject) -> None:
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=30))
    assert bounded(prefix_of(world, (*world.opening, *chunks))) is None


def keeps_one_character_more(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Draft.room
    monkeypatch.setattr(Draft, "room", lambda draft, size: real(draft, size) + 1)


def forgets_the_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    real = verdict.doubts_of
    monkeypatch.setattr(
        "streamfold.reducer.completions.result.doubts_of", lambda call, envelope: real(call, evolve(envelope, limit=""))
    )


def goes_on_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Draft, "end_at_limit", lambda draft, passed, counted: draft.close(counted))


def says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Envelope, "failure", lambda envelope, end: envelope.error)


def takes_the_short_way_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamfold.reducer.completions.plain.BLOCK", 1)


def believes_what_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_draft, "in_conflict", lambda call: call)


def counts_no_citation(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Draft.annotate_with

    def annotate_with(draft: Any, note: Any) -> bool:
        kept = real(draft, note)
        draft.envelope = evolve(draft.envelope, annotations=0)
        return kept

    monkeypatch.setattr(Draft, "annotate_with", annotate_with)


def keeps_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamfold.reducer.shared.extras.weight_of", lambda member: 0)


STREAM = [said(Delta(content="Hello")), called(0, "a", "get", '{"k":'), called(0, piece="1,"), called(0, piece="2")]
BESIDE = [
    *(said(Delta(annotations=[{"url": url}])) for url in "abc"),
    said(Delta(content="Hello"), extras={"service": "x" * 40, "tier": "y" * 40}),
]
CLOSED = [called(0, "a", "get", '{"k":1}'), said(finish_reason="tool_calls"), called(0, piece='{"k":2}')]


@pytest.mark.parametrize(
    "broken",
    [
        keeps_one_character_more,
        forgets_the_doubt,
        goes_on_after_the_limit,
        says_nothing_of_it,
        takes_the_short_way_past_the_limit,
        believes_what_was_closed,
        counts_no_citation,
        keeps_all_members,
    ],
)
def test_a_broken_limit_is_caught(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = WORLDS[0].config
    stream = {believes_what_was_closed: CLOSED, counts_no_citation: BESIDE, keeps_all_members: BESIDE}.get(
        broken, STREAM
    )
    assert check_laws(chat, config, stream).checks[13] == 1
    broken(monkeypatch)
    with pytest.raises(LawBroken, match="law 13"):
        check_laws(chat, config, stream)
