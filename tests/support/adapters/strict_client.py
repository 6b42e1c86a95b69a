"""The openai client before a strict provider: what it sends is checked, and a scripted turn is what it gets."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import openai
from attrs import define, field
from support.adapters.strict_provider import Refused

Turn = Callable[[int, dict[str, Any]], bytes]
"""The body of a stream, by the turn's number and the request."""


@define
class StrictTransport:
    """Answers requests as a provider does, with a stream, or with a 400 that says what is wrong.

    Attributes:
        check: what raises `Refused` for a request's body.
        turn: what the model answers.
        requests: the bodies that were taken.
    """

    check: Callable[[dict[str, Any]], None]
    turn: Turn
    requests: list[dict[str, Any]] = field(factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The provider's response to a request."""
        body = json.loads(request.content)
        try:
            self.check(body)
        except Refused as refused:
            return httpx.Response(400, json={"error": {"message": str(refused), "type": "invalid_request_error"}})
        self.requests.append(body)
        content = self.turn(len(self.requests) - 1, body)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)

    def client(self) -> openai.OpenAI:
        """A client of this provider's; it tries nothing twice."""
        http_client = httpx.Client(transport=httpx.MockTransport(self))
        return openai.OpenAI(api_key="none", base_url="http://provider.invalid", http_client=http_client, max_retries=0)
