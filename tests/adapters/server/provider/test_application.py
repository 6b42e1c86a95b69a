"""The provider as an application: checked before it serves, and open to pages of this machine."""

import httpx
import pytest
from streamfold.adapters.errors import UsageError
from streamfold.adapters.server.provider import Settings, Shelf, application, shelf_of
from support.adapters.command_runs import CALLS
from support.serving.on_loopback import served
from support.serving.recorded_provider import provider


def test_what_cannot_be_played_is_refused_before_anything_is_served() -> None:
    with pytest.raises(UsageError, match="no times were recorded in it"):
        application(shelf_of([str(CALLS)]), Settings(speed=1.0))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("https://127.0.0.1:5173", True),
        ("http://[::1]:3000", True),
        ("https://example.com", False),
        ("http://localhost.example.com", False),
        ("http://localhost:3000.example.com", False),
    ],
)
def test_pages_of_this_machine_may_ask_and_others_may_not(origin: str, allowed: bool) -> None:
    asks = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "x-any"}
    with provider(CALLS) as url:
        before = httpx.options(f"{url}/vercel", headers=asks)
        answer = httpx.post(f"{url}/vercel", headers={"origin": origin}, json={})
    for response in (before, answer):
        assert response.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert before.is_success is allowed


def test_without_recordings_there_is_no_answer() -> None:
    with served(application(Shelf({}))) as url:
        for path in ("/vercel", "/v1/chat/completions"):
            answer = httpx.post(f"{url}{path}", json={})
            assert answer.status_code == 404
        assert httpx.get(f"{url}/v1/models").json() == {"object": "list", "data": []}
