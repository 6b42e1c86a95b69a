"""Both ways to decode, with msgspec and without it, and a chunk of each API."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.wire.decoder import chunk_of
from streamfold.reducer import Undecodable, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event

DECODER = sys.modules[chunk_of.__module__]  # `wire.decoder` is the function
STREAMS = sorted((Path(__file__).parents[2] / "streams").iterdir())
MACHINES: dict[str, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}

HI = {"id": "c", "choices": [{"index": 0, "delta": {"content": "hé"}}]}
HI_CHUNK = Chunk(id="c", choices=(Choice(delta=Delta(content="hé")),))
CREATED = {"type": "response.created", "sequence_number": 0, "response": {"id": "r"}}
CREATED_EVENT = Event(type="response.created", sequence_number=0, response={"id": "r"})


def slow_decoder(name: str) -> wire.Decoder:
    """A decoder as it is where msgspec is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DECODER, "msgspec_decoder", None)
        return wire.decoder(name)


DECODERS = [pytest.param(wire.decoder, id="msgspec"), pytest.param(slow_decoder, id="json")]
both = pytest.mark.parametrize("decoder", DECODERS)
Make = Callable[[str], wire.Decoder]


def reason(chunk: wire.AnyChunk) -> str:
    assert isinstance(chunk, Undecodable)
    return chunk.reason
