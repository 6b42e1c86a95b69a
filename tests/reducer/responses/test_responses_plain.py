"""The short way through a step of Responses comes to what the long way comes to."""

from types import SimpleNamespace
from typing import Any

import pytest
from attrs import asdict, evolve
from streamfold.reducer import Limits, responses
from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.plain import plain_step
from streamfold.reducer.responses.texts import rested
from support.law_checks import MESSAGE_ID

CALL = {"type": "function_call", "id": "fc", "call_id": "call", "name": "f"}
BEGUN = Event(type="response.output_item.added", output_index=0, item=CALL)
ARGUMENTS = Event(type="response.function_call_arguments.delta", output_index=0, item_id="fc")
TEXT = Event(type="response.output_text.delta", output_index=0, item_id="msg", content_index=0)
PIECES = ['{"k":["', *["é" * 90] * 60, '"', ',{"a":1},"', *["x" * 130] * 40, "\ud83d", "\ude00", '"]', "}", "}"]


def both_ways(state: Any, event: Event) -> Any:
    """The state after the event, to which both ways come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "plain_step", lambda *_: None)
        long_way, said_long = responses.step(state, event)
    short_way, said_short = responses.step(state, event)
    assert said_short == said_long
    assert evolve(short_way, items=rested(short_way)) == evolve(long_way, items=rested(long_way))
    return short_way


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize(("opening", "delta"), [((), TEXT), ((BEGUN,), ARGUMENTS)], ids=["text", "arguments"])
@pytest.mark.parametrize("characters", [10, 5000, 1 << 20])
def test_both_ways_come_to_the_same(numbered: bool, opening: tuple[Event, ...], delta: Event, characters: int) -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID, limits=Limits(characters=characters)))
    events = [*opening, *(evolve(delta, delta=piece) for piece in PIECES)]
    for at, event in enumerate(events):
        state = both_ways(state, evolve(event, sequence_number=at + 1 if numbered else None))
    assert (state.end is None) == (characters > 10_000)


def test_unread_arguments_without_numbers_are_read_now_and_then() -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    state, _ = responses.step(state, BEGUN)
    unread = []
    for piece in ('{"k":"', *["x" * 100] * 200):
        state, _ = responses.step(state, evolve(ARGUMENTS, delta=piece))
        (item,) = rested(state)
        unread.append(len(item.parts[0].text) - item.call.arguments.read)
    assert max(unread) < 10_000


@pytest.mark.parametrize("numbered", [False, True])
def test_a_delta_that_goes_on_takes_the_short_way(numbered: bool) -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for at in range(3):
        event = evolve(TEXT, delta="so", sequence_number=at + 1 if numbered else None)
        assert (plain_step(state, event) is not None) == (at > 0)
        state, _ = responses.step(state, event)


@pytest.mark.parametrize(
    "news",
    [{"extras": {"x": 1}}, {"repairs": ("mended",)}, {"content_index": 1}, {"delta": ""}, {"delta": {"x": "y"}}],
)
def test_what_has_more_to_it_takes_the_long_way(news: dict[str, Any]) -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    event = evolve(TEXT, delta="so")
    for _ in range(2):
        state, _ = responses.step(state, event)
    assert plain_step(state, evolve(event, **news)) is None


def test_numbers_that_are_not_believed_tell_nothing_on_either_way() -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    said = [(1, "a"), (2, "b"), (2, "c"), (3, "d"), (3, "e"), (3, "f")]
    for at, (number, piece) in enumerate(said):
        state = both_ways(
            state, evolve(TEXT, delta=piece, sequence_number=number, extras={"x": at} if at > 2 else None)
        )
    assert (responses.result(state).text, state.highest) == ("abcdef", 2)


def test_an_event_of_another_class_takes_the_short_way() -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    state, _ = responses.step(state, evolve(TEXT, delta="so"))
    event = evolve(TEXT, delta=" it")
    other: Any = SimpleNamespace(**asdict(event))
    assert plain_step(state, other) == plain_step(state, event)


def test_what_is_no_event_takes_the_long_way_whatever_it_raises() -> None:
    class Broken:
        @property
        def delta(self) -> str:
            raise OSError("gone")

    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    state, _ = responses.step(state, evolve(TEXT, delta="so"))
    for other in (SimpleNamespace(type=TEXT.type, delta=" it"), Broken(), None):
        assert plain_step(state, other) is None  # type: ignore[arg-type]
        after, messages = responses.step(state, other)  # type: ignore[arg-type]
        assert (messages, [note.kind for note in responses.result(after).diagnostics]) == ((), ["ignored"])
