"""A call that was never awaited, in place of its stream: refused when it is given, before anything is opened."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion
from streamfold.adapters.driver import Observer, drive, drive_sync, resuming
from streamfold.adapters.driver.check_stream import check_stream
from streamfold.reducer import chat, responses
from support.law_checks import MESSAGE_ID

CHAT = chat.Config(message_id=MESSAGE_ID)
NOT_AWAITED = "stream must be an open stream, not the coroutine AsyncCompletions.create: "


@pytest.fixture(
    params=[drive, drive_sync, lambda _, __, stream: resuming(None, stream)], ids=["drive", "sync", "resume"]
)
def driven(request: pytest.FixtureRequest) -> Callable[..., Any]:
    return request.param  # type: ignore[no-any-return]


def call() -> Any:
    """The call of a client that reaches nobody."""
    client = openai.AsyncOpenAI(base_url="http://nobody.invalid", api_key="none")
    return client.chat.completions.create(model="m", messages=[], stream=True)


def test_a_call_that_was_not_awaited_is_refused_and_closed(driven: Callable[..., Any]) -> None:
    made = call()
    with pytest.raises(TypeError) as refused:
        driven(chat, CHAT, made)
    assert str(refused.value).startswith(NOT_AWAITED)
    assert made.cr_frame is None
    del made
    gc.collect()  # a coroutine that is neither awaited nor closed warns now, which fails the test


@pytest.mark.parametrize(
    ("driven", "instead"),
    [
        (drive, "await the call, as in `drive(machine, config, await create(...))`"),
        (drive_sync, "use a synchronous client, or `drive`, which takes what is awaited"),
    ],
)
def test_the_error_says_what_to_do_instead(driven: Callable[..., Any], instead: str) -> None:
    with pytest.raises(TypeError) as refused:
        driven(chat, CHAT, call())
    assert str(refused.value) == NOT_AWAITED + instead


def test_a_forgotten_await_is_told_before_a_wrong_config() -> None:
    with pytest.raises(TypeError, match="stream must be an open stream"):
        drive(chat, responses.Config(message_id=MESSAGE_ID), call())  # type: ignore[misc]


def test_a_task_is_refused_and_goes_on() -> None:
    async def main() -> str:
        task = asyncio.create_task(asyncio.sleep(0, "done"))
        with pytest.raises(TypeError) as refused:
            drive(chat, CHAT, task)  # type: ignore[arg-type]
        assert str(refused.value).startswith("stream must be an open stream, not a Task: ")
        return await task

    assert asyncio.run(main()) == "done"


def test_what_can_be_awaited_and_iterated_is_a_stream() -> None:
    class Both:
        def __await__(self) -> Iterator[None]:
            yield None

        def __iter__(self) -> Iterator[None]:
            yield None

    check_stream(Both(), "__iter__", "__enter__", instead="")
    check_stream(Both(), "__next__", "__iter__", instead="")
    with pytest.raises(TypeError, match="not a Both: wait"):
        check_stream(Both(), "__aiter__", instead="wait")


@pytest.mark.parametrize("driven", [drive, drive_sync])
def test_nothing_is_opened_for_a_wrong_config_or_machine(driven: Callable[..., Any]) -> None:
    class Untouched:
        def __iter__(self) -> Any:
            raise AssertionError("opened")

        __aiter__ = __enter__ = __aenter__ = __iter__

    with pytest.raises(TypeError, match=r"config must be chat\.Config, .* not responses\.Config"):
        driven(chat, responses.Config(message_id=MESSAGE_ID), Untouched())
    with pytest.raises(TypeError, match="machine must be a module or an instance, not the class Untouched"):
        driven(Untouched, CHAT, Untouched())


@pytest.mark.parametrize("event", [threading.Event(), True, "stop", 0.5], ids=["thread", "bool", "text", "number"])
def test_an_event_that_cannot_be_awaited_is_refused(event: Any) -> None:
    with pytest.raises(TypeError, match=r"^cancel_event must be an event of anyio, asyncio or trio, not "):
        drive(chat, CHAT, upstream(), event)


def test_a_state_that_is_not_the_machine_s_is_refused() -> None:
    begun = responses.start(responses.Config(message_id=MESSAGE_ID))
    for state, words in ((begun[0], r"not responses\.State$"), (begun, "return the state and messages$")):
        with pytest.raises(TypeError, match=rf"^state must be chat\.State, .*{words}"):
            drive(chat, CHAT, upstream(), state=state)


async def upstream() -> AsyncIterator[Any]:
    """A stream that is never read."""
    return
    yield


NO_STREAMS = [
    (5, "an int", "it cannot be iterated; give what a client's call returned"),
    (call, "the function call", "call it, and give what it returns"),
    (dict, "the class dict", "call it, and give what it returns"),
]


@pytest.mark.parametrize(
    ("stream", "given", "instead"), [([], "a list", "`drive_sync` takes what is iterated without waiting"), *NO_STREAMS]
)
def test_what_is_no_asynchronous_stream_is_refused_at_the_call(stream: Any, given: str, instead: str) -> None:
    with pytest.raises(TypeError, match=f"^stream must be an open stream, not {given}: .*{instead}$"):
        drive(chat, CHAT, stream)


@pytest.mark.parametrize(
    ("stream", "given", "instead"),
    [(upstream(), "the async_generator upstream", "`drive` takes what is iterated asynchronously"), *NO_STREAMS],
)
def test_what_is_no_stream_is_refused_at_the_call(stream: Any, given: str, instead: str) -> None:
    with pytest.raises(TypeError, match=f"^stream must be an open stream, not {given}: .*{instead}$"):
        drive_sync(chat, CHAT, stream)


@pytest.mark.parametrize(
    "whole", [b"data: {}", "data: {}", {"choices": []}, ChatCompletion.model_construct(choices=[])]
)
@pytest.mark.parametrize("driver", [drive, drive_sync])
def test_one_whole_is_no_stream(driver: Any, whole: Any) -> None:
    with pytest.raises(TypeError, match=r"^stream must be an open stream, not an? .*: it is one whole; .* list"):
        driver(chat, CHAT, whole)


@pytest.mark.parametrize(
    ("name", "value", "error", "said"),
    [
        *(("idle_timeout", value, TypeError, "a number of seconds or None, not ") for value in ("5", True, [1])),
        *((name, None, TypeError, "a number of seconds, not None") for name in ("grace", "close_timeout")),
        *(("close_timeout", value, ValueError, "must not be below zero, or NaN") for value in (-1, float("nan"))),
    ],
)
def test_seconds_are_a_number(name: str, value: Any, error: type[Exception], said: str) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(error, match=f"^{name} must .*{said}|^{name} {said}"):
        drive(chat, CHAT, upstream(), **options)


def test_a_client_is_refused_and_left_open() -> None:
    client = openai.OpenAI(api_key="none", base_url="http://localhost")
    for driver, given in ((drive, openai.AsyncOpenAI(api_key="none")), (drive_sync, client)):
        refused: Any = given
        with pytest.raises(TypeError, match="it is a client; give what its call returned"):
            driver(chat, CHAT, refused)
        assert not refused.is_closed()
    client.close()


@pytest.mark.parametrize("driver", [lambda given: drive(chat, CHAT, upstream(), None, None, given),
                                    lambda given: drive_sync(chat, CHAT, [], given)])  # fmt: skip
@pytest.mark.parametrize(
    ("observers", "wrong"),
    [
        (None, "must be a sequence of observers, not None"),
        (Observer(), "must be a sequence of observers, not <"),
        ("x", "must be a sequence of observers, not 'x'"),
        ([print], "must have methods of Observer .*, not be <built-in function print>"),
        ([Observer], "must have methods of Observer .*, not be the class Observer"),
    ],
)
def test_observers_are_told_from_what_observes_nothing(driver: Any, observers: Any, wrong: str) -> None:
    with pytest.raises(TypeError, match=f"^observers {wrong}"):
        driver(observers)
