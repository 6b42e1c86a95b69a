"""Requests that ask for no stream get what a test says."""

from typing import Any

import pytest
from streamfold.adapters.testing.answers import Answer, Answers
from streamfold.adapters.testing.exchange import Asked
from support.adapters.suites import CLIENTS, Suite

pytest_plugins = ["pytester"]

EMBEDDED = {"object": "list", "model": "e", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}


def asked(path: str, **body: Any) -> Asked:
    return Asked("POST", path, {}, {}, body)


def test_the_first_answer_that_fits_is_taken_and_used_up() -> None:
    answers = Answers()
    answers.add(Answer({"n": 1}, "/embeddings", times=1))
    answers.add(Answer({"n": 2}, match=lambda request: request.body.get("input") == "a"))
    answers.add(Answer(lambda request: {"n": request.body["input"]}, "/embeddings", status=429))
    made = [answers.take(asked("/v1/embeddings", input=text)) for text in ("a", "a", "b")]
    assert [(one.code, one.body) for one in made if one] == [(200, {"n": 1}), (200, {"n": 2}), (429, {"n": "b"})]
    assert answers.take(asked("/v1/models", input="b")) is None


@pytest.mark.parametrize("times", [0, -1])
def test_an_answer_for_nobody_is_refused(times: int) -> None:
    with pytest.raises(ValueError, match="times must be above zero"):
        Answer({}, times=times)


def test_the_real_client_gets_them_beside_a_stream(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + f"""
    EMBEDDED = {EMBEDDED!r}
    TITLE = {{"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [
        {{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "Lisbon"}}}}]}}

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_it(cassette):
        cassette.answer(EMBEDDED, path="/embeddings")
        cassette.answer(TITLE, match=lambda asked: "title" in asked.body["messages"][0]["content"])
        client = cassette.client()
        assert client.embeddings.create(model="e", input="a", encoding_format="float").data[0].embedding == [0.5]
        assert len(list(asked(client))) == 66
        titled = client.chat.completions.create(model="m", messages=[{{"role": "user", "content": "a title"}}])
        assert titled.choices[0].message.content == "Lisbon"
        assert [request.path for request in cassette.requests] == [
            "/v1/embeddings", "/v1/chat/completions", "/v1/chat/completions"]

        async def main():
            async with cassette.async_client() as client:
                return await client.embeddings.create(model="e", input="a", encoding_format="float")
        assert anyio.run(main).data[0].embedding == [0.5]

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_a_fallback(cassette):
        from streamfold.adapters.testing.transport import library

        http = library(openai)
        other = http.MockTransport(lambda request: http.Response(200, json=EMBEDDED, request=request))
        client = cassette.client(fallback=other)
        assert client.embeddings.create(model="e", input="a", encoding_format="float").data[0].embedding == [0.5]
        assert len(list(asked(client))) == 66

        async def main():
            async with cassette.async_client(fallback=other) as client:
                return await client.embeddings.create(model="e", input="a", encoding_format="float")
        assert anyio.run(main).data[0].embedding == [0.5]
        assert not cassette.unanswered
    """
    )
    suite.run(passed=2)
