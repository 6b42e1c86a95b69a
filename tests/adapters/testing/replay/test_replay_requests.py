"""Which requests a replay answers, with what goes wrong, and which it refuses."""

import pytest
from support.adapters.suites import CLIENTS, FAULTY, Suite

pytest_plugins = ["pytester"]


def test_what_no_recording_answers_is_refused_by_name(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    @pytest.mark.cassette("chat_parallel_calls.sse")
    @pytest.mark.parametrize(("ask", "why"), [
        (lambda client: client.models.list(), "GET /v1/models has no answer here"),
        (lambda client: client.responses.create(model="m", input="Hi", stream=True), "is for POST …/chat/completions"),
        (lambda client: client.chat.completions.create(model="m", messages=[]), "ask for it with stream=True"),
    ])
    def test_it(cassette, ask, why):
        with pytest.raises(openai.BadRequestError, match=why) as refused:
            ask(cassette.client())
        assert "chat_parallel_calls.sse" in str(refused.value)
        assert len(cassette.requests) == len(cassette.unanswered) == 1
        cassette.unanswered.clear()  # it was meant

    @pytest.mark.cassette("responses_web_search.sse")
    @pytest.mark.parametrize(("ask", "why"), [
        (lambda client: client.responses.retrieve("resp_0", stream=True), "has no response of that id"),
        (lambda client: client.responses.retrieve("resp_01HX"), "retrieve it with stream=True"),
    ])
    def test_responses(cassette, ask, why):
        with pytest.raises(openai.BadRequestError, match=why):
            ask(cassette.client())
        cassette.unanswered.clear()
    """
    )
    suite.run(passed=5)


def test_one_request_too_many_fails_the_test_once(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    pytestmark = pytest.mark.cassette("chat_parallel_calls.sse")

    def asks_again(cassette):
        list(asked(cassette.client()))
        asked(cassette.client())

    def test_that_takes_no_notice(cassette):
        try:
            asks_again(cassette)
        except openai.BadRequestError:
            pass

    def test_that_fails_by_itself(cassette):
        asks_again(cassette)

    @pytest.mark.cassette("chat_parallel_calls.sse", repeat=True)
    def test_that_may(cassette):
        asks_again(cassette)
    """
    )
    out = suite.run(passed=2, failed=1, errors=1)
    assert out.count("has answered 1 of 2 requests, one each: record anew, or give repeat=True\n") == 2  # of two tests
    assert "ERROR at teardown of test_that_fails_by_itself" not in out


@pytest.mark.deep
def test_each_fault_strikes_the_client_and_the_fold_alike(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + FAULTY
        + """
    class Odd(Exception):
        pass

    @pytest.mark.parametrize(("count", "how", "outcome"), [
        pytest.param(count, how, outcome, marks=pytest.mark.cassette("chat_parallel_calls.sse", faults=faults))
        for faults, count, how, outcome in [
            ([], 66, "ended", "completed"),
            ([Recut()], 66, "ended", "completed"),
            ([Recut(7), Recut(sizes=[1, 2])], 66, "ended", "completed"),
            ([Stall(5, 0.01)], 66, "ended", "completed"),
            ([Stall(5)], 5, "APITimeoutError", "failed"),
            ([Drop(5)], 5, "APIConnectionError", "failed"),
            ([Drop(5, more=30)], 5, "APIConnectionError", "failed"),
            ([Drop(5, more=10_000)], 6, "APIConnectionError", "failed"),
            ([Drop(67)], 66, "ended", "completed"),
            ([Cut(5)], 5, "ended", "truncated"),
            ([Cut(5, more=30), Recut()], 5, "ended", "truncated"),
            ([Cut(0)], 0, "ended", "truncated"),
            ([Error(5)], 5, "APIError", "failed"),
            ([Error(5, body={"error": "no"})], 5, "APIError", "failed"),
            ([Error(status=429)], 0, "RateLimitError", "failed"),
            ([Error(3, exception=Odd("odd"))], 3, "Odd", "failed"),
            ([Repeat(60, 2)], 68, "ended", "completed"),
            ([Repeat(5), Repeat(5, 3)], 70, "ended", "completed"),
            ([Repeat(5), Cut(5)], 6, "ended", "truncated"),
            ([Cut(9), Error(9)], 9, "APIError", "failed"),
        ]
    ])
    def test_it(cassette, count, how, outcome):
        assert told(cassette, timeout=0.05, max_retries=0) == (count, how)
        folded = cassette.fold()
        assert folded.result.outcome == outcome
        assert folded.result.chunks == count + (how == "APIError")
        assert cassette.requests[0].closed
    """
    )
    suite.run(passed=20)


def test_the_errors_of_the_provider_are_those_of_its_wire(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.reducer import Ended

    @pytest.mark.cassette("responses_web_search.sse", faults=[Error(4, message="Too much.", code="rate_limit")])
    def test_events(cassette):
        stream = cassette.stream()
        *_, last = stream
        assert (last.type, last.message, last.code) == ("error", "Too much.", "rate_limit")
        assert cassette.fold().result.error.code == "rate_limit"
        assert cassette.messages()[-1].stop_reason == "llm_api_error"

    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Error(status=400, message="Too long.", code="context")])
    def test_a_status(cassette):
        with pytest.raises(openai.BadRequestError, match="Too long.") as refused:
            cassette.stream()
        assert refused.value.code == "context"
        assert "HTTP status 400" in cassette.fold().result.error.message
    """
    )
    suite.run(passed=2)


def test_a_refused_request_is_tried_again_as_the_client_does(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + FAULTY
        + """
    @pytest.mark.cassette("chat_parallel_calls.sse", faults=[Error(status=503, request=1)])
    def test_it(cassette, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda seconds: None)  # before it tries again
        assert told(cassette) == (66, "ended")
        assert [request.frames for request in cassette.requests] == [0, 67]
    """
    )
    suite.run(passed=1)


def test_a_lost_connection_is_taken_up_where_it_was(suite: Suite) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.adapters.driver.resume import resuming

    @pytest.mark.cassette("responses_web_search.sse", faults=[
        Drop(9, request=1), Drop(20, more=5, request=2), Repeat(40, 6, request=3), Recut(5),
    ])
    def test_it(cassette):
        async def main():
            client = cassette.async_client()
            stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
            async with drive(cassette.machine, cassette.config, resuming(client, stream, pause=0.001)) as run:
                return tuple([message async for message in run])
        assert anyio.run(main) == Replay(cassette.recording).messages()
        assert [request.query.get("starting_after") for request in cassette.requests] == [None, "8", "19"]
    """
    )
    suite.run(passed=1)
