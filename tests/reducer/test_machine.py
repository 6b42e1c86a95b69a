from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any, TypedDict

import pytest
from streamfold.adapters.wire.decoder import step_decoder
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.ends import Cancelled, Done, Ended, Failed, Undecodable
from streamfold.reducer.machine import check_config, check_state, fold
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


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


@pytest.mark.parametrize(
    ("machine", "config", "given"),
    [
        (chat, responses.Config(message_id=MESSAGE_ID), "responses.Config"),
        (responses, chat.Config(message_id=MESSAGE_ID), "chat.Config"),
        (inner_thoughts, chat.Config(message_id=MESSAGE_ID), "chat.Config"),
        (chat, {"message_id": MESSAGE_ID}, "dict"),
        (chat, None, "NoneType"),
        (chat, chat.Config, "the class chat.Config"),
    ],
)
def test_a_config_that_is_not_the_machines_is_refused(machine: Any, config: Any, given: str) -> None:
    name = f"{machine.__name__.rpartition('.')[2]}.Config"
    with pytest.raises(TypeError) as refused:
        fold(machine, config, [])
    said = f"config must be {name}, which the machine takes, not {given}: make one with {name}(...)"
    assert str(refused.value) == said


def test_a_machine_that_is_a_class_is_refused() -> None:
    with pytest.raises(TypeError) as refused:
        fold(Echo, "well", [])  # type: ignore[arg-type]
    said = "machine must be a module or an instance, not the class Echo: make one with Echo(...)"
    assert str(refused.value) == said


@pytest.mark.parametrize("machine", ["chat", None, chat.Config(message_id=MESSAGE_ID), {}])
def test_what_is_no_machine_is_refused(machine: Any) -> None:
    words = "machine must be one of the modules chat, inner_thoughts and responses, or a machine of your own, not "
    with pytest.raises(TypeError) as refused:
        fold(machine, chat.Config(message_id=MESSAGE_ID), [])
    assert str(refused.value).startswith(words)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("machine", [chat, inner_thoughts, responses])
@pytest.mark.parametrize("end", [Ended, "ended", ValueError("x"), None, Done()])
def test_what_is_no_end_is_refused(machine: Any, end: Any) -> None:
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
    for before in (state, machine.finish(state, Ended())[0]):
        with pytest.raises(TypeError, match=r"^end must be Ended\(\), Cancelled\(\) or Failed\(error\), not "):
            machine.finish(before, end)


def test_a_state_of_another_wire_is_refused() -> None:
    for machine in (chat, inner_thoughts, responses):
        config = machine.Config(message_id=MESSAGE_ID)
        check_state(machine, machine.start(config)[0], config)
    begun = chat.start(CONFIG)
    with pytest.raises(TypeError, match=r"^state must be responses\.State, which the machine takes, not chat\.State$"):
        check_state(responses, begun[0], CONFIG)
    with pytest.raises(TypeError, match=r"not tuple; `start`, `step` and `finish` return the state and messages$"):
        check_state(chat, begun, CONFIG)
    check_state(ECHO, 7, None)


def test_a_state_that_cannot_go_on_so_is_refused() -> None:
    state, _ = chat.start(CONFIG)
    with pytest.raises(ValueError, match=r"^config must be the state's own, .*: give `state\.config`$"):
        check_state(chat, state, chat.Config(message_id=MESSAGE_ID, run_id="another"))
    with pytest.raises(ValueError, match=r"^config must be the state's own"):
        check_state(inner_thoughts, state, inner_thoughts.Config(message_id=MESSAGE_ID))
    with pytest.raises(ValueError, match=r"^the fold of this state has ended \(Ended\(\)\): go on "):
        check_state(chat, chat.finish(state, Ended())[0], CONFIG)


class Given:
    """An object of a client."""


async def asynchronous() -> AsyncIterator[Any]:
    yield None


@pytest.mark.parametrize(
    ("chunks", "given", "instead"),
    [
        ([{"choices": []}], "dict", "`decoder` makes a chunk of decoded JSON"),
        ([b"data: {}"], "bytes", "`fold_bytes` folds the pieces of a body"),
        (b"data: {}", "int", "`fold_bytes` folds the pieces of a body"),
        ("data: {}", "str", "`fold_bytes` folds the pieces of a body"),
        ([Given()], "test_machine.Given", "`drive` or `drive_sync` folds its stream"),
    ],
)
def test_what_chunks_are_made_of_is_refused(chunks: Any, given: str, instead: str) -> None:
    for machine, name in (
        (chat, "chat.Chunk"),
        (inner_thoughts, "inner_thoughts.Chunk"),
        (responses, "responses.Chunk"),
    ):
        with pytest.raises(TypeError) as refused:
            fold(machine, machine.Config(message_id=MESSAGE_ID), chunks)
        said = str(refused.value)
        assert said.startswith(f"chunks must be {name}, which the machine folds, not {given}: ")
        assert instead in said
    assert fold(
        SimpleNamespace(**dict.fromkeys(("start", "step", "finish"), lambda *_: (0, ())), result=len), 0, chunks
    )


def test_an_asynchronous_stream_of_chunks_is_refused() -> None:
    stream: Any = asynchronous()
    with pytest.raises(TypeError, match=r"^chunks must be an iterable of chunks, not async_generator: `drive` folds"):
        fold(chat, CONFIG, stream)


def test_a_fold_begins_with_what_may_stand_for_a_chunk() -> None:
    firsts: list[Any] = [
        None,
        Done(),
        Undecodable("x"),
        responses.Chunk(type="ping"),
        step_decoder("chat")({"id": "1"}),
    ]
    for first in firsts:
        fold(chat, CONFIG, [first])


class Shape(TypedDict):
    size: int


class Wider(chat.Config):
    pass


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (chat.Config, Wider(message_id=MESSAGE_ID)),
        (dict, {"size": 1}),
        (Shape, {"size": 1}),  # a class that cannot be asked
        (lambda: 7, 7),  # what makes a config is no class
        (None, 7),
    ],
)
def test_a_machine_of_the_users_own_says_what_its_config_is(kind: Any, config: Any) -> None:
    own = dict.fromkeys(("start", "step", "finish", "result"), len)
    check_config(SimpleNamespace(Config=kind, **own), config)
    check_config(SimpleNamespace(**own), config)
