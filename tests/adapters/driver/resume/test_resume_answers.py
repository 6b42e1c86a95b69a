"""What clients raise and give, as the policy takes it."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import openai
import pytest
from openai.types.responses import Response
from streamfold.adapters.driver.resume.answers import bare, event_of_whole, loss_of, losses
from streamfold.adapters.driver.resume.policy import Lost, Refused
from streamfold.adapters.openai_sdk import chunk


class RefusedError(Exception):
    def __init__(self, status: Any, headers: Any = None) -> None:
        super().__init__(status)
        self.status_code = status
        self.response = SimpleNamespace(headers=headers)


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_the_errors_of_a_loaded_library_are_read(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType(library)
    module.RequestError = type("RequestError", (Exception,), {})
    monkeypatch.setitem(sys.modules, library, module)
    assert {openai.APIConnectionError, openai.APIStatusError, module.RequestError} <= set(losses(openai))


def test_a_library_that_is_not_loaded_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("httpx", "httpx2"):
        monkeypatch.delitem(sys.modules, library, raising=False)
    assert losses(openai) == (openai.APIConnectionError, openai.APIStatusError)
    assert not {"httpx", "httpx2"} & set(sys.modules)


@pytest.mark.parametrize("error", [OSError("gone"), RefusedError(None), RefusedError("500")])
def test_an_error_without_a_status_is_a_lost_connection(error: Exception) -> None:
    assert loss_of(error) == Lost()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (None, None),
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
)
def test_what_a_refusal_wants_to_have_waited(headers: Any, seconds: float | None) -> None:
    assert loss_of(RefusedError(429, headers)) == Refused(429, seconds)


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed", "cancelled", "canceled"])
def test_a_whole_response_is_its_last_event(status: str) -> None:
    response = Response.construct(id="resp_1", object="response", status=status, output=[])
    event = event_of_whole(openai, response)
    assert event.type == f"response.{status}"
    assert event.response is response
    folded: Any = chunk(event)
    assert (folded.type, folded.sequence_number, folded.repairs) == (f"response.{status}", None, ())
    assert folded.response["id"] == "resp_1"


@pytest.mark.parametrize("status", ["queued", "in_progress", None, 5, "new", "output_text.delta"])
def test_what_is_not_over_is_no_event(status: Any) -> None:
    assert event_of_whole(openai, SimpleNamespace(status=status)) is None


def test_a_page_is_no_response() -> None:
    assert event_of_whole(openai, "<html>Bad gateway</html>") is None


def test_a_client_loses_its_own_retries_only() -> None:
    client = openai.AsyncOpenAI(api_key="none", max_retries=5, timeout=3.0)
    assert (bare(client).max_retries, bare(client).timeout, client.max_retries) == (0, 3.0, 5)
