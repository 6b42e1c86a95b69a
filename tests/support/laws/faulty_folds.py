"""Folds that are faulty in one way, made of a genuine one: what goes in or what comes out is changed."""

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws.checker import check_laws, oracle_of
from streamfold.reducer.messages import Message, ToolCallClosed
from streamfold.reducer.result import Result, ToolCall
from support.law_checks import MESSAGE_ID

Change = Callable[[Any], Any]


def faulty(
    machine: Any,
    *,
    chunk: Change | None = None,
    message: Change | None = None,
    result: Callable[[Result], Result] | None = None,
) -> Any:
    """A machine that reads other chunks than come, or says others of its messages and its result.

    Args:
        machine: the genuine one.
        chunk: what it reads instead of a chunk.
        message: what it says instead of a message: another, none (None), or several.
        result: what it gives instead of a result.
    """

    def told(messages: Iterable[Message]) -> Iterator[Message]:
        for one in messages:
            said = one if message is None else message(one)
            yield from said if isinstance(said, tuple) else () if said is None else (said,)

    def step(state: Any, came: Any) -> Any:
        state, messages = machine.step(state, came if chunk is None else chunk(came))
        return state, tuple(told(messages))

    def finish(state: Any, end: Any) -> Any:
        state, messages = machine.finish(state, end)
        return state, tuple(told(messages))

    def given(state: Any) -> Any:
        return machine.result(state) if result is None else result(machine.result(state))

    return SimpleNamespace(start=machine.start, step=step, finish=finish, result=given, Config=machine.Config)


def check_caught(machine: Any, fault: Any, chunks: list[Any], law: int, **options: Any) -> None:
    """The genuine machine keeps the laws on a stream, the faulty one breaks this one of them.

    Raises:
        AssertionError: if not so.
    """
    config = machine.Config(message_id=MESSAGE_ID, **options)
    check_laws(machine, config, chunks)
    with pytest.raises(LawBroken) as caught:
        check_laws(fault, config, chunks, oracle=oracle_of(machine))
    assert caught.value.law.number == law, caught.value


def of_calls(change: Callable[[ToolCall], ToolCall]) -> Callable[[Result], Result]:
    """A change of every call of a result."""

    def changed(result: Result) -> Result:
        items = (item if item.call is None else evolve(item, call=change(item.call)) for item in result.output)
        return evolve(result, output=tuple(items))

    return changed


def of_parts(change: Change) -> Callable[[Result], Result]:
    """A change of every part of a result's items."""

    def changed(result: Result) -> Result:
        items = (evolve(item, parts=tuple(map(change, item.parts))) for item in result.output)
        return evolve(result, output=tuple(items))

    return changed


def of_closing(change: Change) -> Change:
    """A change of the messages that a call is closed."""
    return lambda message: change(message) if isinstance(message, ToolCallClosed) else message


def undoubted(message: Any) -> Any:
    """A call, or that one is closed, without doubts."""
    return evolve(message, doubts=())
