"""What a request asks for, and what is no request."""

from typing import Any

import pytest
from starlette.requests import Request
from streamfold.adapters.server.provider.asked import FAULTS, body_of, faults_of
from streamfold.adapters.server.provider.played import Refused
from streamfold.adapters.server.provider.settings import Settings
from streamfold.adapters.testing import Cut, Drop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def request_of(body: bytes = b"{}", **headers: str) -> Request:
    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": named}, receive)


async def test_the_body_is_an_object() -> None:
    assert await body_of(request_of(b'{"model": "m"}')) == {"model": "m"}
    for wrong in (b"", b"{", b"\xff", b"[]", b"null", b"[" * 100_000):
        with pytest.raises(Refused) as refused:
            await body_of(request_of(wrong))
        assert refused.value.status == 400


async def test_a_header_asks_for_faults() -> None:
    assert faults_of(request_of(), Settings()) == ()
    assert faults_of(request_of(**{FAULTS: "cut:after=3; drop:after=9"}), Settings()) == (Cut(3), Drop(9))
    assert faults_of(request_of(**{FAULTS: "cut:after=3"}), Settings(faults=(Drop(9),))) == (Drop(9), Cut(3))
    with pytest.raises(Refused, match="x-streamfold-faults: 'melt': no such fault"):
        faults_of(request_of(**{FAULTS: "melt"}), Settings())
