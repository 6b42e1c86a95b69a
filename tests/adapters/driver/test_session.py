"""A fold in session: what is progress, what goes wrong in the reading, and what observers may be."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from openai.lib.streaming.chat import ContentDeltaEvent
from streamfold.adapters.driver.items import ItemFramer
from streamfold.adapters.driver.observer import Observer
from streamfold.adapters.driver.reader import Reader
from streamfold.adapters.driver.session import Session
from streamfold.adapters.driver.waiting.patience import Patience
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.wire.sse import Frame, Frames
from streamfold.reducer import Done, End, Ended, Failed, Result, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.adapters.decoders import ERROR_BODIES
from support.law_checks import MESSAGE_ID


class Received(Observer):
    """Keeps what came."""

    def __init__(self) -> None:
        self.items: list[object] = []

    def received(self, raw: object) -> None:
        self.items.append(raw)


CONFIG = chat.Config(message_id=MESSAGE_ID)
CLOCK = count(0.0)


def in_progress(machine: Any = chat) -> Session[Any]:
    return session_of(machine, machine.Config(message_id=MESSAGE_ID))


def session_of(machine: Any, config: Any, *observers: Any) -> Session[Any]:
    return Session(machine, config, observers, None, Patience(None, 60.0, None, 2.0))


def take(session: Session[Any], raw: object) -> bool:
    """Take it and fold it; whether that ended the silence of the answer."""
    before, _ = session.patience.deadline(next(CLOCK))
    session.take(raw)
    while session.advance():
        pass
    return session.patience.deadline(next(CLOCK))[0] != before


def said(text: str) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(content=text)),))


def test_what_adds_to_the_answer_is_content_and_nothing_else() -> None:
    session = in_progress()
    assert take(session, said("Hi"))
    assert not take(session, "half of a frame")
    assert not take(session, said(""))
    repeated = ContentDeltaEvent.construct(type="content.delta", delta="Hi", snapshot="Hi")
    state = session.state
    assert not take(session, repeated)
    assert session.state is state
    session = in_progress(responses)
    assert not take(session, Event(type="response.in_progress"))
    assert not take(session, Event(type="keepalive"))
    assert take(session, Event(type="response.output_item.added", item={"type": "message", "id": "m"}))
    assert take(session, Event(type="response.output_text.delta", item_id="m", delta="Hi"))


def test_what_raises_while_it_is_read_is_undecodable_in_so_many_words() -> None:
    class Torn(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise OSError("the file is gone")

        def __iter__(self) -> Iterator[str]:
            return iter(["choices"])

        def __len__(self) -> int:
            return 1

    session = in_progress()
    take(session, Torn())
    take(session, said("Hi"))
    session.finish(Ended())
    (note,) = session.result.diagnostics
    assert (note.kind, note.detail) == ("undecodable", "Torn: OSError: the file is gone")
    assert session.result.text == "Hi"


def test_of_a_stream_of_which_nothing_can_be_read_the_run_failed() -> None:
    session = in_progress()
    take(session, "garbage")
    session.end()
    assert session.error is None
    assert [message.message_type for message in session.pending] == ["stop_reason"]
    error = session.result.error
    assert error is not None
    assert error.message.startswith("nothing that came could be read: not JSON")
    session = in_progress()
    session.end()
    assert session.result.outcome == "truncated"  # nothing came at all


@pytest.mark.parametrize(("body", "text"), ERROR_BODIES, ids=lambda value: value[:30])
def test_an_error_in_a_stream_s_place_is_the_run_s(body: str, text: str) -> None:
    session = in_progress()
    for byte in body.encode():
        take(session, bytes([byte]))
    session.end()
    assert [message.message_type for message in session.pending] == ["stop_reason"]
    assert session.result.outcome == "failed"
    assert text in str(session.result.error)


def test_after_the_wire_s_last_word_little_more_is_taken() -> None:
    session = in_progress()
    for raw in (said("Hi"), Done(), {"choices": [], "usage": {"prompt_tokens": 1}}, said("")):
        take(session, raw)
    assert not session.over
    for _ in range(63):
        take(session, said(""))
    assert session.over
    assert (session.result.outcome, session.result.usage.input_tokens) == ("completed", 1)


def test_frames_after_the_wire_s_last_word_count_by_their_bytes() -> None:
    session = in_progress()
    take(session, Done())
    for _ in range(2):
        assert not session.over
        take(session, Frames([Frame(b" " * (1 << 15), "", 1, 1), Frame(b"[DONE]", "", 2, 3)]))
    assert session.over


def test_what_came_together_is_folded_as_what_came_one_by_one() -> None:
    frame = Frame(b'{"choices": [{"delta": {"content": " you"}}]}', "", 1, 1)
    came = [said("Hi"), Frames([frame]), Frames([frame]), b'data: {"choices": [{"del', b'ta": {"content": "!"}}]}\n\n']
    seen = [Received(), Received()]
    together, alone = (session_of(chat, chat.Config(message_id=MESSAGE_ID), one) for one in seen)
    together.take(*came)
    together.fold_taken()
    for raw in came:
        take(alone, raw)
    assert together.pending == alone.pending
    assert together.result.text == "Hi you you!"
    assert [one.items for one in seen] == [came, came]
    together.take(*came[1:3])
    together.fold_taken()
    assert together.result.text == "Hi you you! you you"


def test_nothing_is_read_after_a_frame_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(framer: ItemFramer, item: bytes) -> Iterator[Frame]:
        if item == b"long":
            raise FrameTooLong(8)
        yield Frame(item, "", 1, 1)

    session = in_progress()
    monkeypatch.setattr(ItemFramer, "feed", read)
    hi, bye = (b'{"choices": [{"delta": {"content": "%b"}}]}' % text for text in (b"Hi", b"Bye"))
    session.take(hi, b"long", bye)
    session.fold_taken()
    assert (session.result.outcome, session.result.text) == ("failed", "Hi")
    assert isinstance(session.error, FrameTooLong)


def test_a_response_after_another_is_waited_for_as_the_first() -> None:
    session = in_progress(responses)
    begun, ended = (
        [{"type": f"response.{kind}", "response": {"id": at}} for at in "ab"] for kind in ("created", "completed")
    )
    for raw, is_over in ((begun[0], False), (ended[0], True), (begun[1], False)):
        take(session, raw)
        assert session.patience.is_over is is_over
    for _ in range(99):
        take(session, {"type": "response.output_text.delta", "output_index": 0, "item_id": "m", "delta": "Hi"})
    take(session, ended[1])
    assert not session.over
    assert session.patience.is_over
    assert session.result.text == 99 * "Hi"


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
        def ended(self, end: End, result: Result, error: BaseException | None, /) -> None:
            told.append(end)

    config = machine.Config(message_id=MESSAGE_ID, limits={"characters": 4})
    session = session_of(machine, config, Listening())
    take(session, chunk)
    assert session.over
    assert session.error is None
    assert [message.message_type for message in session.pending] == ["assistant_message", "stop_reason"]
    assert told == [session.state.end]
    assert session.result.error is not None
    assert "(Limits.characters)" in session.result.error.message


def test_another_wire_s_end_is_none_of_this_one() -> None:
    body = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    session = in_progress(responses)
    take(session, body)
    session.end()
    assert (session.result.outcome, session.result.text) == ("failed", "")
    alone = in_progress(responses)
    take(alone, b"data: [DONE]\n\n")
    alone.end()
    assert alone.result.outcome == "completed"


def test_a_state_whose_fold_has_ended_goes_on_no_more() -> None:
    state, _ = chat.start(CONFIG)
    ended, _ = chat.finish(state, Ended())
    with pytest.raises(ValueError, match=r"the fold of this state has ended \(Ended\(\)\)"):
        Session(chat, CONFIG, (), ended, Patience(None, None, None, 2.0))


def test_what_was_left_unread_is_folded_when_it_is_asked_for() -> None:
    stepped: list[object] = []

    class Counting:
        """A machine that adds numbers."""

        def start(self, config: Any, /) -> Any:
            return 0, ()

        def step(self, state: Any, chunk: Any, /) -> Any:
            stepped.append(chunk)
            return state + chunk, ()

        def finish(self, state: Any, end: End, /) -> Any:
            return state, ()

        def result(self, state: Any, /) -> Any:
            return state

    session: Session[Any] = Session(Counting(), None, (), None, Patience(None, None, None, 2.0))
    session.take(1)
    session.leave(2)
    assert session.over
    assert stepped == []
    assert (session.state, session.result) == (3, 3)
    assert stepped == [1, 2]


def test_a_frame_that_is_too_long_is_raised_to_nobody_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(reader: Reader, raw: object) -> Iterator[object]:
        yield said("Hi")
        raise FrameTooLong(8)

    session = in_progress()
    monkeypatch.setattr(Reader, "read", too_long)
    session.leave(b"data: ")
    assert (session.result.outcome, session.result.text) == ("failed", "Hi")
    otherwise = StopIteration()
    assert session.last_error(otherwise) is otherwise
