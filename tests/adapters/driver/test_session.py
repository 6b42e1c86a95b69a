"""A fold in session: what is progress, what goes wrong in the reading, and what observers may be."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from openai.lib.streaming.chat import ContentDeltaEvent
from streamfold.adapters.driver.observer import Observer
from streamfold.adapters.driver.session import Session
from streamfold.reducer import End, Ended, Failed, Result, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


def in_progress(machine: Any = chat) -> Session[Any]:
    return Session(machine, machine.Config(message_id=MESSAGE_ID), ())


def said(text: str) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(content=text)),))


def test_everything_but_a_sign_of_life_is_progress() -> None:
    session = in_progress()
    assert session.take(said("Hi"))
    assert session.take("half of a frame")
    repeated = ContentDeltaEvent.construct(type="content.delta", delta="Hi", snapshot="Hi")
    state = session.state
    assert session.take(repeated)
    assert session.state is state
    session = in_progress(responses)
    assert session.take(Event(type="response.in_progress"))
    assert not session.take(Event(type="keepalive"))


def test_what_raises_while_it_is_read_is_undecodable_in_so_many_words() -> None:
    class Torn(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise OSError("the file is gone")

        def __iter__(self) -> Iterator[str]:
            return iter(["choices"])

        def __len__(self) -> int:
            return 1

    session = in_progress()
    assert session.take(Torn())
    session.take(said("Hi"))
    session.finish(Ended())
    (note,) = session.result.diagnostics
    assert (note.kind, note.detail) == ("undecodable", "Torn: OSError: the file is gone")
    assert session.result.text == "Hi"


def test_the_first_end_counts() -> None:
    session, error = in_progress(), ConnectionError("boom")
    session.finish(Ended(), error)
    session.finish(Ended())
    assert session.error is error


def test_an_error_is_raised_once_and_then_the_other() -> None:
    session, error, otherwise = in_progress(), ConnectionError("boom"), StopIteration()
    assert session.last_error(otherwise) is otherwise
    session.finish(Failed("boom"), error)
    assert session.last_error(otherwise) is error
    assert session.last_error(otherwise) is otherwise


@pytest.mark.parametrize(
    ("machine", "chunk"),
    [(chat, said("Hello")), (responses, Event(type="response.output_text.delta", delta="Hello"))],
)
def test_a_fold_that_ends_itself_at_a_limit_is_over(machine: Any, chunk: Any) -> None:
    told: list[End] = []

    class Listening(Observer):
        def ended(self, end: End, result: Result, /) -> None:
            told.append(end)

    config = machine.Config(message_id=MESSAGE_ID, limits={"characters": 4})
    session = Session(machine, config, [Listening()])
    session.take(chunk)
    assert session.over
    assert session.error is None
    assert [message.message_type for message in session.pending] == ["assistant_message", "stop_reason"]
    assert told == [session.state.end]
    assert session.result.error is not None
    assert "(Limits.characters)" in session.result.error.message
