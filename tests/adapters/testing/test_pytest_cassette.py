"""The fixture `cassette` and its marker: which files, as what, and what is wrong with them in one line."""

import pytest
from streamfold.reducer import Cancelled, Ended, Failed
from support.adapters.suites import CLIENTS, Suite, said

pytest_plugins = ["pytester"]


def test_a_recorded_stream_is_there_as_chunks_messages_and_result(suite: Suite) -> None:
    suite.write("""
        from pathlib import Path
        import pytest
        from streamfold.reducer import chat, fold

        CONFIG = {"run_id": "run-1", "requires_approval_tools": ["find_train"]}

        @pytest.mark.cassette("chat_parallel_calls.sse", config=CONFIG)
        def test_it(cassette):
            state, messages, result = cassette.fold()
            assert (cassette.wire, cassette.machine, cassette.end) == ("chat", chat, None)
            assert messages == cassette.messages() == fold(chat, cassette.config, cassette.chunks)[1]
            assert {message.run_id for message in messages} == {"run-1"}
            kinds = {message.message_type for message in messages[-3:]}
            assert kinds == {"approval_request_message", "tool_call_closed"}
            assert result.text == "Let me look both up."
            assert result == chat.result(state)
            assert cassette.fold(run_id="run-2").messages[0].run_id == "run-2"
            assert cassette.body() == Path("chat_parallel_calls.sse").read_bytes()
    """)
    suite.run(passed=1)


def test_each_kind_of_file_is_read_also_without_its_ending(suite: Suite) -> None:
    suite.cassette("told.cassette", said("Hi"), said("!", finish_reason="stop"), b"[DONE]", end=Ended())
    suite.write("""
        import pytest

        @pytest.mark.cassette("told")
        def test_cassette(cassette):
            assert cassette.fold().result.text == "Hi!"
            assert cassette.config.run_id == "run-7"

        @pytest.mark.cassette("inner_thoughts", wire="inner-thoughts")
        def test_json_lines(cassette):
            assert cassette.fold().result.text.startswith("She said")

        @pytest.mark.cassette("responses_web_search")
        def test_events(cassette):
            assert cassette.wire == "responses"
    """)
    suite.run(passed=3)


def test_without_a_marker_the_test_s_own_name_tells_the_file(suite: Suite) -> None:
    for name in ("test_alone", "test_of-one", "TestAll.test_alone"):
        suite.cassette(f"cassettes/{name}.cassette", said(name), end=Ended())
    suite.write("""
        import pytest

        def test_alone(cassette):
            assert cassette.fold().result.text == "test_alone"

        @pytest.mark.parametrize("what", ["one"])
        def test_of(cassette, what):
            assert cassette.fold().result.text == "test_of-one"

        class TestAll:
            def test_alone(self, cassette):
                assert cassette.fold().result.text == "TestAll.test_alone"
    """)
    suite.run(passed=3)


def test_anyio_s_backend_is_no_part_of_the_file_s_name(suite: Suite) -> None:
    for name in ("test_alone", "test_of-one-asyncio-two", "test_as-asyncio_trio"):
        suite.cassette(f"cassettes/{name}.cassette", said(name), end=Ended())
    suite.write("""
        import pytest

        pytestmark = pytest.mark.anyio

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        async def test_alone(cassette):
            assert cassette.fold().result.text == "test_alone"

        @pytest.mark.parametrize("last", ["two"])
        @pytest.mark.parametrize("what", ["one-asyncio"])
        async def test_of(what, cassette, last):
            assert cassette.fold().result.text == "test_of-one-asyncio-two"

        @pytest.mark.parametrize("what", ["asyncio_trio"])
        async def test_as(what, cassette):
            assert cassette.fold().result.text == "test_as-asyncio_trio"
    """)
    suite.run(passed=6)


def test_another_test_s_parameter_of_a_backend_s_name_is_kept(suite: Suite) -> None:
    suite.cassette("cassettes/test_it-asyncio.cassette", said("Hi"), end=Ended())
    suite.write("""
        import pytest

        @pytest.mark.parametrize("library", ["asyncio"])
        def test_it(cassette, library):
            assert cassette.fold().result.text == "Hi"
    """)
    suite.run(passed=1)


def test_a_stream_ends_as_it_was_recorded(suite: Suite) -> None:
    suite.cassette("left.cassette", said("Hi"), end=Cancelled())
    suite.cassette("lost.cassette", said("Hi"), end=Failed("boom"))
    suite.cassette("off.cassette", said("Hi"))
    suite.write("""
        import pytest

        @pytest.mark.cassette("left")
        def test_left(cassette):
            assert cassette.fold().result.outcome == "cancelled"

        @pytest.mark.cassette("lost")
        def test_lost(cassette):
            assert cassette.fold().result.error.message == "connection lost: boom"

        @pytest.mark.cassette("off")
        def test_off(cassette):
            assert cassette.fold().result.outcome == "truncated"
    """)
    suite.run(passed=3)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ('"nothing"', "test_it.py::test_it: nothing: no such recording; record it with --cassette-record"),
        ('"empty.sse"', "empty.sse: no chunks in it: neither server-sent events with data nor JSON lines"),
        ('"folder"', "folder: is a directory"),
        ('"prose.sse"', "prose.sse, line 2: not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('"twice"', "twice: there are several: twice.sse, twice.jsonl"),
        ('"broken.cassette"', "broken.cassette, line 1: wire must be one of chat, inner-thoughts, responses, not 'x'"),
        (
            '"chat_parallel_calls.sse", wire="responses"',
            "sse, line 3: a Chat Completions chunk, not a Responses event",
        ),
        ('"chat_parallel_calls.sse", wire="mail"', "wire must be one of chat, inner-thoughts, responses, not 'mail'"),
        ('"chat_parallel_calls.sse", config={"id": 1}', "the marker's config: no such field: 'id' (there are "),
        ('"chat_parallel_calls.sse", config={"run_id": 1}', "the marker's config: run_id must be text or null, not 1"),
        ('"chat_parallel_calls.sse", config=[1]', "config must be a mapping of the Config's fields, not [1]"),
        (
            '"chat_parallel_calls.sse", timing="fast"',
            'must be "off", "real", or a scale above zero, not \'fast\'',
        ),
        ('"chat_parallel_calls.sse", timing=0', 'timing must be "off", "real", or a scale above zero, not 0'),
        ('"chat_parallel_calls.sse", timing="real"', "chat_parallel_calls.sse: no times were recorded in it"),
        ('"chat_parallel_calls.sse", speed=1', "cassette: got an unexpected keyword argument 'speed'"),
        ('"chat_parallel_calls.sse", faults=["slow"]', "no fault: 'slow' (there are Stall, Drop, Cut, Error, Recut, "),
        (
            '"chat_parallel_calls.sse", faults=[Cut(100)]',
            "Cut(after=100): there are 67 frames in chat_par",
        ),
        ("7", "the paths must be text, not (7,)"),
    ],
)
def test_what_cannot_be_replayed_is_an_error_that_says_what_and_where(suite: Suite, marker: str, said: str) -> None:
    (suite.folder / "empty.sse").touch()
    (suite.folder / "folder").mkdir()
    (suite.folder / "prose.sse").write_text("event: x\ndata: prose\n\n")
    (suite.folder / "twice.sse").touch()
    (suite.folder / "twice.jsonl").touch()
    (suite.folder / "broken.cassette").write_text('{"streamfold_cassette":1,"wire":"x","config":{}}\n')
    suite.write(f"""
        import pytest
        from streamfold.adapters.cassette.faults import Cut

        @pytest.mark.cassette({marker})
        def test_it(cassette):
            pass
    """)
    out = suite.run(errors=1)
    assert said in out
    assert "Traceback" not in out
    assert "adapters" not in out.replace("streamfold.adapters.cassette.faults", "")


def test_the_recorded_pauses_are_made_at_the_scale_that_is_asked_for(suite: Suite) -> None:
    suite.cassette("slow.cassette", said("a"), said("b"), said("c"), end=Ended(), at=0.2)
    suite.write(
        CLIENTS
        + """
    from streamfold.adapters.cassette.timeline import Wait, timeline

    @pytest.mark.parametrize(("timing", "pause"), [
        pytest.param(timing, pause, marks=pytest.mark.cassette("slow", timing=timing))
        for timing, pause in [("off", 0), ("real", 0.2), (0.1, 0.02), (3, 0.6)]
    ])
    def test_it(cassette, timing, pause):
        events = timeline(cassette.recording, speed=cassette.speed)
        waits = [round(event.seconds, 6) for event in events if isinstance(event, Wait)]
        assert waits == ([pause] * 4 if pause else [])
        assert cassette.fold().result.text == "abc"

    @pytest.mark.cassette("slow", timing=0.001, repeat=True)
    def test_they_are_made(cassette):
        assert len(list(asked(cassette.client()))) == 3
        async def main():
            assert len([chunk async for chunk in await asked(cassette.async_client())]) == 3
        anyio.run(main)

    @pytest.mark.cassette("slow", timing="real")
    def test_a_client_has_less_patience(cassette):
        with pytest.raises(openai.APITimeoutError):
            list(asked(cassette.client(timeout=0.01, max_retries=0)))
    """
    )
    suite.run(passed=6)


def test_several_recordings_answer_one_request_after_the_other(suite: Suite) -> None:
    suite.cassette("one.cassette", said("one"))
    suite.cassette("two.cassette", said("two"))
    suite.write(
        CLIENTS
        + """
    def told(client):
        return "".join(chunk.choices[0].delta.content for chunk in asked(client))

    @pytest.mark.cassette("one", "two", repeat=True)
    def test_it(cassette):
        assert [told(cassette.client()) for _ in range(3)] == ["one", "two", "two"]
        assert cassette.fold().result.text == "one"

    @pytest.mark.cassette("one", "two", faults=[Error(status=500, request=1), Cut(0, request=3)])
    def test_one_that_is_asked_again(cassette):
        client = cassette.client(max_retries=0)
        with pytest.raises(openai.InternalServerError):
            asked(client)
        assert [told(client) for _ in range(2)] == ["one", ""]

    @pytest.mark.cassette("one", "two", faults=Stall(2, request=2))
    def test_a_fault_that_a_later_recording_is_too_short_for(cassette):
        client = cassette.client()
        assert told(client) == "one"
        with pytest.raises(openai.BadRequestError, match="there are 1 frames in two.cassette"):
            asked(client)
    """
    )
    suite.run(passed=2, errors=1)


def test_an_error_of_the_marker_steers_no_terminal(suite: Suite) -> None:
    suite.write(
        """
        import pytest

        @pytest.mark.cassette("no\\x1b[2J\\u202esuch.cassette")
        def test_it(cassette):
            pass
        """
    )
    out = suite.run(errors=1)
    assert r"no\u001b[2J\u202esuch.cassette: no such recording" in out
    assert not {"\x1b", "\u202e"} & set(out)
