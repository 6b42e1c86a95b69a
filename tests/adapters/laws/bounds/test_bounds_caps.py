"""The caps of law 13: folds that keep them, and one for each way not to."""

from typing import Any

import pytest
from attrs import evolve
from streamfold import Cancelled, Failed, Limits, chat, responses
from streamfold.adapters.laws.bounds import bounded, caps_for, size, uncapped
from streamfold.adapters.laws.checker import oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin, step
from streamfold.reducer import fold
from streamfold.reducer.completions.chunk import Delta
from support.alphabets import event, said
from support.law_checks import MESSAGE_ID, TEXT, chat_that

CONFIG = chat.Config(message_id=MESSAGE_ID)
NOTES = [{"url": str(at), "ranges": [at, {"in": [at]}]} for at in range(4)]
CITED = [said(Delta(content="Hello", annotations=[note])) for note in NOTES]
BESIDE = [said(Delta(content="Hi"), extras={"service": "x" * 40}), said(extras={"tier": {"name": "y" * 40}})]
EVENTS = [
    *(event("output_text.annotation.added", annotation=note, **TEXT) for note in NOTES),
    event("in_progress", response={"service": "x" * 40}),
    event("output_text.delta", delta="Hi", extras={"logprobs": ["z" * 9]}, **TEXT),
]
ITEMS = [
    event("output_item.done", output_index=1, item={"type": "w", "id": "w", "result": "x" * 40}),
    event(
        "output_item.done", output_index=2, item={"type": "message", "content": [{"text": "Hi", "more": "y" * 9}, 5]}
    ),
]


def folded(machine: Any, chunks: Any, config: Any = CONFIG) -> Prefix:
    prefix = begin(machine, config, oracle_of(machine))
    for chunk in chunks:
        prefix = step(prefix, chunk).after
    return prefix


def test_the_folds_keep_them() -> None:
    for chunks in (CITED, BESIDE, [*CITED, *BESIDE]):
        prefix = folded(chat, chunks)
        assert bounded(prefix) is None
        assert any(limits != Limits() for limits in caps_for(prefix.chunks, prefix.ended.result))
    for chunks in (EVENTS, ITEMS, [*EVENTS, *ITEMS]):
        prefix = folded(responses, chunks, responses.Config(message_id=MESSAGE_ID))
        assert bounded(prefix) is None
        assert any(limits.extras > 1 for limits in caps_for(prefix.chunks, prefix.ended.result))


def test_members_of_items_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = folded(responses, ITEMS, responses.Config(message_id=MESSAGE_ID))
    monkeypatch.setattr("streamfold.reducer.responses.draft.length_of", lambda member: 0)
    assert "the members that are kept have" in (bounded(prefix) or "")


def test_nothing_is_tried_where_nothing_is_capped() -> None:
    chunks = [said(Delta(content="Hello"))]
    assert list(caps_for(chunks, folded(chat, chunks).ended.result)) == []


def test_names_and_texts_have_characters() -> None:
    assert size({"ab": ["c", {"de": 5}, None], "f": "ghi"}) == 2 + 1 + 2 + 1 + 3


def within(chunks: Any, limits: Limits) -> tuple[Any, Any]:
    state, messages = fold(chat, evolve(CONFIG, limits=limits), chunks)
    return chat.result(state), messages


@pytest.mark.parametrize(
    ("kept_by", "counted_by", "wrong"),
    [
        (Limits(), Limits(), "there are 4 citations, and 4 were said"),
        (Limits(annotations=2), Limits(), "2 citations were dropped, and 0 counted"),
        (Limits(annotations=2), Limits(annotations=1), "2 citations were dropped, and 3 counted"),
        (Limits(annotations=2), Limits(annotations=2), None),
        (Limits(annotations=2), Limits(annotations=3), None),
    ],
)
def test_citations_are_capped_and_counted(kept_by: Limits, counted_by: Limits, wrong: str | None) -> None:
    result, messages = within(CITED, kept_by)
    result = evolve(result, diagnostics=within(CITED, counted_by)[0].diagnostics)
    free, _ = within(CITED, Limits())
    assert uncapped(CITED, Limits(annotations=2), (result, messages), free) == wrong


def test_citations_that_never_came_are_told() -> None:
    free, messages = within(CITED, Limits())
    assert "some never came" in str(uncapped(CITED[1:], Limits(), (free, messages), free))


def test_members_are_capped_and_counted() -> None:
    free, messages = within(BESIDE, Limits())
    assert "have 95 characters" in str(uncapped(BESIDE, Limits(extras=60), (free, messages), free))
    result, messages = within(BESIDE, Limits(extras=60))
    assert uncapped(BESIDE, Limits(extras=60), (result, messages), free) is None
    silent = evolve(result, diagnostics=())
    assert "no diagnostic says so" in str(uncapped(BESIDE, Limits(extras=60), (silent, messages), free))


def test_a_cap_that_changes_the_text_is_told() -> None:
    def result(state: Any) -> Any:
        made = chat.result(state)
        return evolve(made, outcome="failed") if state.config.limits.annotations < 4 else made

    assert "the outcome is 'failed'" in str(bounded(folded(chat_that(result=result), CITED)))


def test_a_step_that_raises_at_a_cap_is_told() -> None:
    def breaks(state: Any, chunk: Any) -> Any:
        if state.config.limits.extras < 60:
            raise ValueError("beyond")
        return chat.step(state, chunk)

    assert "a step raised ValueError('beyond')" in str(bounded(folded(chat_that(step=breaks), BESIDE)))


@pytest.mark.parametrize("kind", [Cancelled, Failed])
def test_an_end_that_comes_out_otherwise_with_limits_is_told(kind: type) -> None:
    def finish(state: Any, end: Any) -> Any:
        after, messages = chat.finish(state, end)
        loose = state.config.limits != Limits() and state.end is None and isinstance(end, kind)
        return after, messages[:-1] if loose else messages

    assert f"at {kind.__name__}" in str(bounded(folded(chat_that(finish=finish), [said(Delta(content="Hello"))])))


@pytest.mark.parametrize("kind", [Cancelled, Failed])
def test_an_end_that_changes_what_a_limit_ended_is_told(kind: type) -> None:
    def finish(state: Any, end: Any) -> Any:
        after, messages = chat.finish(state, end)
        return after, (*messages, "more") if state.end is not None and isinstance(end, kind) else messages

    wrong = str(bounded(folded(chat_that(finish=finish), [said(Delta(content="Hello"))])))
    assert kind.__name__ in wrong
    assert "after a limit changed something" in wrong
