"""A fold in progress: what is progress, what goes wrong in the reading, and what observers may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from openai.lib.streaming.chat import ContentDeltaEvent
from streamfold.adapters.driver.session import Progress
from streamfold.reducer import Ended, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Chunk as Event
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


def in_progress(machine: Any = chat) -> Progress[Any]:
    return Progress(machine, machine.Config(message_id=MESSAGE_ID), ())


def said(text: str) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(content=text)),))


def test_everything_but_a_sign_of_life_is_progress() -> None:
    progress = in_progress()
    assert progress.take(said("Hi"))
    assert progress.take("half of a frame")
    repeated = ContentDeltaEvent.construct(type="content.delta", delta="Hi", snapshot="Hi")
    state = progress.state
    assert progress.take(repeated)
    assert progress.state is state
    progress = in_progress(responses)
    assert progress.take(Event(type="response.in_progress"))
    assert not progress.take(Event(type="keepalive"))


def test_what_raises_while_it_is_read_is_undecodable_in_so_many_words() -> None:
    class Torn(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise OSError("the file is gone")

        def __iter__(self) -> Iterator[str]:
            return iter(["choices"])

        def __len__(self) -> int:
            return 1

    progress = in_progress()
    assert progress.take(Torn())
    progress.take(said("Hi"))
    progress.finish(Ended())
    (note,) = progress.result.diagnostics
    assert (note.kind, note.detail) == ("undecodable", "Torn: OSError: the file is gone")
    assert progress.result.text == "Hi"


def test_the_first_end_counts() -> None:
    progress, error = in_progress(), ConnectionError("boom")
    progress.finish(Ended(), error)
    progress.finish(Ended())
    assert progress.error is error
