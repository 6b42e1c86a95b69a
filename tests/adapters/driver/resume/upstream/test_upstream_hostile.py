"""A background response from a server that does its worst: cuts, repeats, gaps, other ids, refusals, at random.

Each schedule is drawn from a seed of its own. What is folded over all its connections is what one uncut stream folds
to, or the run was given up; and never are there more requests than the bounds allow.
"""

import json
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import anyio
import openai
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver import drive, resuming
from streamfold.adapters.driver.resume.answers import losses
from streamfold.reducer import fold, responses
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID
from support.loopback import Answer, Loopback, Request, dropped, html, refused, whole

BODY = (Path(__file__).parents[4] / "streams" / "responses_web_search.sse").read_bytes()
EVENTS = [json.loads(frame.data) for frame in wire.frames([BODY])]
CONFIG = responses.Config(message_id=MESSAGE_ID)
SCHEDULES = 200 if EFFORT >= 1 else 20
PATIENT = {"attempts": 60, "total_attempts": 600}
HASTY = {"attempts": 2, "total_attempts": 6}


class Hostile(Loopback):
    """Sends the events after the number that it is asked for, or some of them, or others, or none.

    Attributes:
        frames: all events as they are sent, with gaps between their numbers and some with another response's id.
        numbers: their numbers.
        wrong: requests that no honest client sends.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(whole(b""))
        self._random = Random(seed)
        self._asked_after = -1
        self.wrong: list[str] = []
        self.numbers = list(accumulate(self._random.choice((1, 1, 1, 2, 7)) for _ in EVENTS))
        self.frames = [self._frame(*one) for one in zip(EVENTS, self.numbers, strict=True)]

    def _frame(self, event: Any, number: int) -> bytes:
        event = {**event, "sequence_number": number}
        if event["type"] == "response.in_progress" and self._random.random() < 0.5:
            event["response"] = {**event["response"], "id": "resp_of_somebody_else"}
        return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()

    def answer_to(self, request: Request) -> Answer:
        if request.method == "POST":
            return self._cut(0)
        path, _, query = request.path.partition("?")
        if path != f"/v1/responses/{EVENTS[0]['response']['id']}":
            self.wrong.append(request.path)
        asked = dict(pair.split("=") for pair in query.split("&") if pair)
        if not asked:
            status = self._random.choice(("queued", "in_progress"))
            running = {"id": "resp_1", "object": "response", "status": status, "output": []}
            return Answer(json.dumps(running).encode(), content_type="application/json")
        after = int(asked["starting_after"])
        if after < self._asked_after or after not in self.numbers:
            self.wrong.append(request.path)
        self._asked_after = after
        first = self.numbers.index(after) + 1 if after in self.numbers else 0
        return self._badly(first)

    def _badly(self, first: int) -> Answer:
        """An answer to who has all events before the first one."""
        early = self._random.randrange(first + 1)
        bad = [
            lambda: refused(self._random.choice((408, 409, 425, 429, 500, 503)), retry_after="0"),
            lambda: html(200),
            lambda: Answer(b"", drop_after=0),
            lambda: whole(b""),
            lambda: whole(self.frames[early]),
            lambda: whole(b"".join(self.frames[early:first])),
            lambda: self._cut(max(0, first - self._random.randrange(9))),
            lambda: self._cut(early),
            lambda: self._cut(first),
            lambda: self._cut(first),
        ]
        return self._random.choice(bad)()

    def _cut(self, first: int) -> Answer:
        """The events from there on, as far as they come; the first connection brings the response's id at least."""
        body = b"".join(self.frames[first:])
        least = len(self.frames[0]) if not self.requests else 0
        length = self._random.choice((self._random.randrange(len(body) + 1), len(body)))
        if length == len(body) and self.requests:
            return whole(body)
        return dropped(body, min(len(body), max(least, length // 3)))


async def driven(server: Hostile, bounds: dict[str, int]) -> tuple[list[Any], Any, bool]:
    """The messages, the run, and whether it was given up."""
    messages: list[Any] = []
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
        async with drive(responses, CONFIG, resuming(client, stream, pause=0.0, **bounds)) as run:
            try:
                async for message in run:
                    messages.append(message)
            except losses(openai):
                return messages, run, True
    return messages, run, run.result.outcome == "truncated"


def uncut(server: Hostile) -> tuple[list[Any], Any]:
    state, messages = fold(responses, CONFIG, wire.read("responses", [b"".join(server.frames)]))
    return list(messages), responses.result(state)


@pytest.mark.deep
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_patient_client_has_all_of_it_in_the_end(backend: str) -> None:
    connections = 0
    for seed in range(SCHEDULES):
        with Hostile(seed) as server:
            messages, run, given_up = anyio.run(driven, server, PATIENT, backend=backend)
        assert not given_up, seed
        assert (messages, run.result) == uncut(server), seed
        assert server.wrong == [], seed
        connections += len(server.requests)
    assert connections > 3 * SCHEDULES  # it was hostile


@pytest.mark.deep
def test_a_hasty_client_asks_no_more_than_its_bounds() -> None:
    given_up_at_all = 0
    for seed in range(SCHEDULES):
        with Hostile(seed) as server:
            messages, run, given_up = anyio.run(driven, server, HASTY)
        said, result = uncut(server)
        given_up_at_all += given_up
        assert len(server.requests) <= 1 + HASTY["total_attempts"], seed
        assert server.wrong == [], seed
        assert given_up or (messages, run.result) == (said, result), seed
        assert responses.result(run.state).text == result.text[: len(run.result.text)], seed
    assert 0 < given_up_at_all < SCHEDULES
