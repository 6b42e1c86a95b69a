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


ERROR_BODIES = [
    ("upstream connect error or disconnect/reset before headers. reset reason: connection termination", "upstream"),
    ("upstream request timeout", "upstream request timeout"),
    ("no healthy upstream", "no healthy upstream"),
    ("Internal Server Error", "Internal Server Error"),
    ("502 Bad Gateway\n", "502 Bad Gateway"),
    ("error code: 1015", "1015"),
    ("404 page not found\n", "404 page not found"),
    ("RBAC: access denied", "access denied"),
    ("HTTP/1.1 503 Service Unavailable\r\n", "Service Unavailable"),
    ("Rate limit exceeded. Try again in 3 s.", "Rate limit"),
    ("Error: connect ECONNREFUSED 127.0.0.1:8080", "ECONNREFUSED"),
    ("An error occurred with this application.\n\nFUNCTION_INVOCATION_TIMEOUT\n\nfra1::abc", "INVOCATION_TIMEOUT"),
    ('{"message": "Forbidden"}', "Forbidden"),
    ('{"message": "no Route matched with those values", "request_id": "a"}', "no Route matched"),
    ('{"Message": "User is not authorized to access this resource"}', "not authorized"),
    ('{\n  "message": "Endpoint request timed out"\n}\n', "timed out"),
    ('{"detail": [{"loc": ["body"], "msg": "field required", "type": "value_error"}]}', "field required"),
    ('{"errors": [{"message": "Bad token", "code": 10000}]}', "Bad token"),
    ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center>nginx", "502 Bad Gateway"),
    ("<!DOCTYPE html>\n\n<head><title>x.com | 524: A timeout occurred</title>\n\n<body>", "524: A timeout"),
    (
        '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
        "Access Denied",
    ),
    ("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", "Throttling"),
]
"""Errors that gateways, proxies, storages and frameworks send in a stream's place, each with a part of its text."""
