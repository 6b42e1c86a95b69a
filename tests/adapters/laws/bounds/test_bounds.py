"""Law 13: shown folds that keep it, and one for each way not to."""

from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from streamfold import Failed, chat, inner_thoughts
from streamfold.adapters.laws.bounds import bounded
from streamfold.adapters.laws.checker import oracle_of
from streamfold.adapters.laws.evidence import Prefix, begin, step
from streamfold.reducer.completions.chunk import Delta
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.responses.tool_calls.verdict import CHANGED
from support.alphabets import called, said
from support.law_checks import MESSAGE_ID, chat_that

CONFIG = chat.Config(message_id=MESSAGE_ID)
STREAM = [said(Delta(content="Hello")), called(0, "a", "get", '{"k":'), called(0, piece="1}")]


def folded(machine: Any = chat, config: Any = CONFIG, chunks: Any = STREAM) -> Prefix:
    prefix = begin(machine, config, oracle_of(machine))
    for chunk in chunks:
        prefix = step(prefix, chunk).after
    return prefix


def test_the_folds_keep_it() -> None:
    assert bounded(folded()) is None
    assert bounded(folded(chunks=())) is None
    assert bounded(folded(chunks=[*STREAM, said(finish_reason="tool_calls")])) is None
    assert bounded(folded(inner_thoughts, inner_thoughts.Config(message_id=MESSAGE_ID))) is None
    silent = evolve(CONFIG, skip_messages=["tool_call_closed"])
    assert bounded(folded(config=silent, chunks=[*STREAM, said(finish_reason="tool_calls")])) is None


def test_a_machine_without_limits_is_left_alone() -> None:
    prefix = Prefix(None, SimpleNamespace(limits=3), oracle_of(None), (), None, ())
    assert bounded(prefix) is None


def test_a_fold_that_ignores_its_limits_is_told() -> None:
    def unlimited(config: Any) -> Any:
        return chat.start(evolve(config, limits=CONFIG.limits))

    machine = chat_that(start=unlimited)
    assert str(bounded(folded(machine, chunks=STREAM[:1]))).endswith("'Hello' is longer")
    calls = [called(index, f"id_{index}", "f", "{}") for index in range(3)]
    assert str(bounded(folded(machine, chunks=calls))).endswith("there are 3 calls")


def altered(**changes: Any) -> Any:
    """A chat whose results are others where a limit ended the fold."""

    def result(state: Any) -> Any:
        made = chat.result(state)
        return evolve(made, **changes) if state.envelope.limit else made

    return chat_that(result=result)


def with_parts(content: str) -> Any:
    """A chat whose text is another one where a limit ended the fold."""

    def result(state: Any) -> Any:
        made = chat.result(state)
        if not state.envelope.limit or not made.text:
            return made
        first, *others = made.output
        return evolve(made, output=(evolve(first, parts=(evolve(first.parts[0], text=content),)), *others))

    return chat_that(result=result)


@pytest.mark.parametrize(
    ("machine", "wrong"),
    [
        (altered(outcome="completed"), "a limit ended it, and its outcome is 'completed'"),
        (altered(error=None), "its error None"),
        (with_parts("Hello" * 9), "is longer"),
        (with_parts(""), "no text has exactly as many characters as fit"),
    ],
)
def test_a_result_that_says_otherwise_at_the_limit_is_told(machine: Any, wrong: str) -> None:
    assert wrong in str(bounded(folded(machine, chunks=STREAM[:1])))


def test_an_open_call_without_the_doubt_is_told() -> None:
    def result(state: Any) -> Any:
        made = chat.result(state)
        items = [
            evolve(
                item, call=evolve(item.call, doubts=tuple(d for d in item.call.doubts if d.doubt is not Doubt.LIMIT))
            )
            if item.call
            else item
            for item in made.output
        ]
        return evolve(made, output=tuple(items))

    assert "['a'] were open at the limit" in str(bounded(folded(chat_that(result=result))))


def test_a_call_that_only_a_limit_makes_complete_is_told() -> None:
    def result(state: Any) -> Any:
        made = chat.result(state)
        return (
            made
            if state.envelope.limit
            else evolve(
                made, output=[evolve(i, call=i.call and evolve(i.call, doubts=(CHANGED,))) for i in made.output]
            )
        )

    closed = [called(0, "a", "get", "{}"), said(finish_reason="tool_calls"), said(Delta(content="Hello"))]
    wrong = str(bounded(folded(chat_that(result=result), chunks=closed)))
    assert wrong.endswith("['a'] are complete, and without the limit they are contradicted")


def test_a_step_that_raises_near_a_limit_is_told() -> None:
    def raising(state: Any, chunk: Any) -> Any:
        if state.config.limits.characters == 1:
            raise KeyError("no")
        return chat.step(state, chunk)

    assert "with Limits(characters=1, " in str(bounded(folded(chat_that(step=raising))))
    assert "a step raised KeyError('no')" in str(bounded(folded(chat_that(step=raising))))


def test_a_step_after_the_limit_that_changes_something_is_told() -> None:
    def going_on(state: Any, chunk: Any) -> Any:
        return chat.step(evolve(state, end=None) if state.end else state, chunk)

    assert "a step after a limit changed something" in str(bounded(folded(chat_that(step=going_on))))


def test_a_fold_that_is_another_with_limits_is_told() -> None:
    def silent(state: Any, chunk: Any) -> Any:
        after, messages = chat.step(state, chunk)
        return after, messages if state.config.limits == CONFIG.limits else ()

    assert "the messages before a limit are" in str(bounded(folded(chat_that(step=silent))))

    def silent_end(state: Any, end: Any) -> Any:
        return chat.finish(state, Failed("x") if state.config.limits.lanes > 9 and state.chunks else end)

    prefix = folded(chat_that(finish=lambda state, end: (state, ())), chunks=STREAM[:1])
    other = evolve(prefix, machine=chat)
    assert "a stream within its limits makes" in str(bounded(evolve(other, messages=())))
