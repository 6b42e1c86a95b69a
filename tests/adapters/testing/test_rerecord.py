"""Recording anew: a test's own requests go to the provider, and what it answers is kept."""

import textwrap
from pathlib import Path

import pytest
from streamfold.adapters.cassette.format import open_cassette
from streamfold.adapters.testing import Replay, Rerecording
from streamfold.reducer import Cancelled, Ended, Failed
from support.adapters.suites import CHAT, CLIENTS, RESPONSES, Suite, said
from support.loopback import Loopback, cut, dropped, refused, whole

pytest_plugins = ["pytester"]

RECORDS = (
    (
        CLIENTS
        + """
    def test_it(cassette):
        with drive_sync(cassette.machine, cassette.config, asked(cassette.client())) as run:
            messages = tuple(run)
        assert messages == cassette.messages()

    @pytest.mark.cassette("cassettes/async.cassette", config={"run_id": "run-9"})
    def test_async(cassette):
        async def main():
            async with cassette.async_client() as client:
                return [chunk async for chunk in await asked(client)]
        chunks = anyio.run(main)
        assert cassette.config.run_id == "run-9"
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == (
            cassette.fold().result.text)
        assert cassette.requests[0].body["model"] == "gpt-5"
"""
    )
    .replace("drive_sync(cassette.machine, cassette.config, ", "drive_sync(chat, CONFIG, ")
    .replace(
        "    def asked",
        """    from streamfold.reducer import chat
    from streamfold.adapters.cassette.recording import MESSAGE_ID

    CONFIG = chat.Config(message_id=MESSAGE_ID, model="gpt-5")

    def asked""",
    )
)


def test_the_test_s_own_requests_are_recorded_and_then_replayed(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.write(RECORDS)
    with Loopback(cut(CHAT, range(100, len(CHAT), 777)), whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=2)
        assert [request.headers["accept-encoding"] for request in server.requests] == ["identity"] * 2
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_KEY")
    written = sorted(path.name for path in (suite.folder / "cassettes").iterdir())
    assert written == ["async.cassette", "test_it.cassette"]
    for name in written:
        recorded = open_cassette(suite.folder / "cassettes" / name)
        assert (recorded.wire, recorded.end, len(recorded.frames())) == ("chat", Ended(), 67)
        assert recorded.config["model"] == "gpt-5"
        text = (suite.folder / "cassettes" / name).read_text()
        assert "sk-secret" not in text
        assert '"Hi"' not in text
    suite.run(passed=2)


def test_a_stream_that_is_left_is_recorded_as_far_as_it_came(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.write(
        CLIENTS
        + """
    def test_left(cassette):
        for chunk in asked(cassette.client()):
            break
        cassette.close()

    def test_left_open(cassette):
        stream = asked(cassette.client())
        next(stream)

    @pytest.mark.cassette("cassettes/events", config={"requires_approval_tools": ["save_note"]})
    def test_events(cassette):
        for event in cassette.client().responses.create(model="m", input="Hi", stream=True):
            pass
        types = [message.message_type for message in cassette.messages()[-2:]]
        assert types == ["approval_request_message", "tool_call_closed"]

    @pytest.mark.cassette("cassettes/thoughts", wire="inner-thoughts")
    def test_thoughts(cassette):
        list(asked(cassette.client()))
        assert cassette.wire == "inner-thoughts"

    def test_lost(cassette):
        with pytest.raises(openai.APIConnectionError):
            list(asked(cassette.client()))
    """
    )
    slowly = cut(CHAT, range(500, len(CHAT), 500), pause=0.01)
    with Loopback(slowly, slowly, whole(RESPONSES), whole(CHAT), dropped(CHAT, 3000)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=5)
    ends = {path.stem: open_cassette(path).end for path in (suite.folder / "cassettes").iterdir()}
    lost = ends.pop("test_lost")
    assert isinstance(lost, Failed)
    assert ends == {"test_left": Cancelled(), "test_left_open": Cancelled(), "events": Ended(), "thoughts": Ended()}
    assert open_cassette(suite.folder / "cassettes" / "thoughts.cassette").wire == "inner-thoughts"


def test_a_rerecording_has_all_that_a_replay_has() -> None:
    for name in (name for name in dir(Replay) if not name.startswith("_")):
        assert hasattr(Rerecording, name), name


def test_what_was_recorded_is_told_as_by_its_replay(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.write(
        CLIENTS
        + """
    from streamfold.adapters.cassette import read_recording
    from streamfold.adapters.testing import Replay, Unexpected

    def test_it(cassette):
        list(asked(cassette.client()))
        replay = Replay(read_recording(cassette.written[0]))
        for name in ("recordings", "recording", "wire", "machine", "config", "chunks", "end", "speed"):
            assert getattr(cassette, name) == getattr(replay, name), name
        assert (cassette.fold(), cassette.messages(), cassette.body()) == (
            replay.fold(), replay.messages(), replay.body())
        assert list(cassette.stream()) == list(replay.stream())
        with pytest.raises(Unexpected):
            cassette.assert_messages()

        async def main():
            return [chunk async for chunk in await cassette.async_stream()]
        assert anyio.run(main) == list(replay.stream())
        assert len(cassette.requests) == 1
    """
    )
    with Loopback(whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=1)


def test_a_wire_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wire must be one of chat, inner-thoughts, responses, not 'morse'"):
        Rerecording(tmp_path / "a", wire="morse")


def test_what_cannot_be_recorded_leaves_the_old_cassette_and_says_why(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = suite.cassette("cassettes/test_refused.cassette", said("old")).read_bytes()
    suite.write(
        CLIENTS
        + """
    def test_refused(cassette):
        asked(cassette.client(max_retries=0))

    def test_without_asking(cassette):
        cassette.fold()

    @pytest.mark.cassette("cassettes/one")
    def test_twice(cassette):
        list(asked(cassette.client()))
        list(asked(cassette.client()))

    @pytest.mark.cassette("cassettes/one", config={"colour": "red"})
    def test_config(cassette):
        list(asked(cassette.client()))

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_by_hand(cassette):
        assert len(list(asked(cassette.client()))) == 66
    """
    )
    with Loopback(refused(401), whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        out = suite.run("--cassette-record", passed=1, failed=4)
        assert len(server.requests) == 4
    assert "nothing is recorded yet: a test records by asking, through client() or async_client()" in out
    assert "the test asks once more, and has no cassette left for it (named: one.cassette)" in out
    assert "the marker's config: no such field: 'colour'" in out
    assert (suite.folder / "cassettes" / "test_refused.cassette").read_bytes() == old
    assert sorted(path.name for path in (suite.folder / "cassettes").iterdir()) == [
        "one.cassette",
        "test_refused.cassette",
    ]


def test_secrets_in_what_the_provider_says_can_be_taken_out(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    (suite.folder / "conftest.py").write_text(
        textwrap.dedent("""
        import pytest

        @pytest.fixture
        def cassette_redact():
            return lambda frame: {name: value for name, value in frame.items() if name != "id"}
    """)
    )
    suite.write(CLIENTS + "    def test_it(cassette):\n        list(asked(cassette.client()))\n")
    with Loopback(whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=1)
    assert "chatcmpl" not in (suite.folder / "cassettes" / "test_it.cassette").read_text()


def test_all_requests_of_a_test_are_recorded_and_replayed(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.cassette("cassettes/test_loop.cassette", said("old"))
    for number in (2, 3, 4, 5):
        suite.cassette(f"cassettes/test_loop.{number}.cassette", said("old"))
    suite.write(
        CLIENTS
        + """
    def test_loop(cassette):
        cassette.answer({"object": "list", "data": []}, path="/models")
        client = cassette.client()
        for _ in range(3):
            list(asked(client))
        assert len(cassette.recordings) == 3
        assert len(cassette.requests) == 3
    """
    )
    with Loopback(whole(CHAT), whole(CHAT), whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        suite.run("--cassette-record", passed=1)
    written = sorted(path.name for path in (suite.folder / "cassettes").iterdir())
    assert written == ["test_loop.2.cassette", "test_loop.3.cassette", "test_loop.cassette"]
    for name in written:
        assert len(open_cassette(suite.folder / "cassettes" / name).frames()) == 67
    suite.run(passed=1)


def test_what_could_not_be_recorded_fails_a_test_that_took_no_notice(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write(
        CLIENTS
        + """
    @pytest.mark.cassette("cassettes/one")
    def test_twice(cassette):
        list(asked(cassette.client()))
        with pytest.raises(Exception):
            list(asked(cassette.client(max_retries=0)))
    """
    )
    with Loopback(whole(CHAT)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        out = suite.run("--cassette-record", passed=1, errors=1)
    assert out.count("the test asks once more, and has no cassette left for it (named: one.cassette)\n") == 1
