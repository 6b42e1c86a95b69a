from collections.abc import Iterator
from typing import Any

import pytest
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.ends import Cancelled, Done, Ended, Failed, Undecodable
from streamfold.reducer.machine import fold
from streamfold.reducer.stream_error import is_context_overflow
from support.law_checks import MESSAGE_ID

OVERFLOWS = [
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "BadRequestError: the prompt is longer than the model's maximum context length of 4096",
    "{'error': {'code': 'context_length_exceeded'}}",
    "Input tokens exceed the configured limit of 272000 tokens.",
]


class Echo:
    """A machine whose state is how many chunks it has seen, and whose messages are words."""

    def start(self, config: str) -> tuple[int, tuple[Any, ...]]:
        return 0, (f"start {config}",)

    def step(self, state: int, chunk: str) -> tuple[int, tuple[Any, ...]]:
        return state + 1, tuple(chunk)

    def finish(self, state: int, end: object) -> tuple[int, tuple[Any, ...]]:
        return -state, (f"finish {end}",)

    def result(self, state: int) -> Any:
        return state


ECHO: Any = Echo()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("boom", "boom"),
        ("", ""),
        (ValueError("boom"), "ValueError: boom"),
        (KeyError("boom"), "KeyError: 'boom'"),
        (TimeoutError(), "TimeoutError: "),
        (ConnectionResetError(104, "reset by peer"), "ConnectionResetError: [Errno 104] reset by peer"),
        (None, "NoneType: None"),
    ],
)
def test_a_failure_is_kept_as_text(given: Any, kept: str) -> None:
    assert Failed(given).error == kept


def test_a_failure_needs_no_words() -> None:
    assert Failed().error == ""


def test_the_ends_are_values() -> None:
    ends = {Ended(), Cancelled(), Failed("a"), Failed("b"), Done(), Undecodable("a"), Undecodable("b")}
    assert ends == {Ended(), Cancelled(), Failed("a"), Failed("b"), Done(), Undecodable("a"), Undecodable("b")}
    assert len(ends) == 7
    assert Failed(ValueError("a")) == Failed("ValueError: a")


@pytest.mark.parametrize("end", [Ended(), Cancelled(), Failed("a")])
def test_fold_gives_the_last_state_and_every_message_in_order(end: Any) -> None:
    folded: Any = fold(ECHO, "well", ["ab", "", "c"], end)
    assert folded == (-3, ("start well", "a", "b", "c", f"finish {end}"))


def test_a_fold_without_an_end_has_ended() -> None:
    folded: Any = fold(ECHO, "well", [])
    assert folded == (0, ("start well", "finish Ended()"))


def test_fold_takes_chunks_one_by_one_as_they_come() -> None:
    taken: list[str] = []

    def chunks() -> Iterator[str]:
        for chunk in "abc":
            taken.append(chunk)
            yield chunk

    assert fold(ECHO, "", chunks())[0] == -3
    assert taken == ["a", "b", "c"]


@pytest.mark.parametrize("wire", [chat, inner_thoughts, responses])
def test_each_wire_module_is_a_machine(wire: Any) -> None:
    state, messages = fold(wire, wire.Config(message_id=MESSAGE_ID), [], Cancelled())
    assert [message.message_type for message in messages] == ["stop_reason"]
    assert wire.result(state).outcome == "cancelled"


@pytest.mark.parametrize("error", OVERFLOWS)
def test_a_context_overflow_is_known_by_its_words(error: str) -> None:
    assert is_context_overflow(error)


@pytest.mark.parametrize("error", ["", "boom", "RateLimitError: maximum requests", "the context window is fine"])
def test_any_other_error_is_no_context_overflow(error: str) -> None:
    assert not is_context_overflow(error)
