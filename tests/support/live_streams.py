"""What the tests over loopback HTTP share: two streams, what they fold to, and the event loops to run them on."""

from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import chat, fold, responses
from support.law_checks import MESSAGE_ID

# On trio the openai client leaves generators of its own unfinished where a stream ends with `[DONE]`; nobody but the
# client can reach them. On asyncio the event loop finishes them, and every warning is an error.
_UNFINISHED = [
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*async_generator object:pytest.PytestUnraisableExceptionWarning"),
]
BACKENDS = ["asyncio", pytest.param("trio", marks=_UNFINISHED)]

STREAMS = Path(__file__).parents[1] / "streams"
CHAT = (STREAMS / "chat_parallel_calls.sse").read_bytes()
RESPONSES = (STREAMS / "responses_web_search.sse").read_bytes()
WIRES = [(chat, "chat", CHAT), (responses, "responses", RESPONSES)]
wires = pytest.mark.parametrize(("machine", "name", "body"), WIRES, ids=["chat", "responses"])


def config_of(machine: Any) -> Any:
    return machine.Config(message_id=MESSAGE_ID)


def folded(machine: Any, name: str, body: bytes) -> tuple[list[Any], Any]:
    state, messages = fold(machine, config_of(machine), wire.read(name, [body]))
    return list(messages), machine.result(state)
