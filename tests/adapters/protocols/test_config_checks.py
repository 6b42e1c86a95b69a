"""The sinks' configurations: what is wrong is refused at once, by the name of its field."""

from typing import Any

import pytest
from streamfold.adapters.protocols import agui, letta_sink, plain, vercel
from streamfold.reducer.values.json_values import FrozenObject


@pytest.mark.parametrize("config", [vercel.Config, plain.Config, lambda id_, **more: agui.Config(id_, "run-1", **more)])
def test_what_the_sinks_share_is_checked(config: Any) -> None:
    wrong: Any
    for wrong in ("weather", b"weather", 7, ["weather", 7], None):
        with pytest.raises(TypeError, match="custom_tools must be a set of names, not"):
            config("id-1", custom_tools=wrong)
    for given in (["run"], ("run",), {"run"}, frozenset({"run"})):
        assert config("id-1", custom_tools=given).custom_tools == frozenset({"run"})
    with pytest.raises(TypeError, match="shows_errors must be true or false"):
        config("id-1", shows_errors="no")
    with pytest.raises(TypeError, match=r"(message|thread)_id must be text"):
        config(7)


@pytest.mark.parametrize("version", [4, "6", True, None, 8])
def test_a_version_of_the_sdk_is_one_that_is_known(version: Any) -> None:
    with pytest.raises(ValueError, match="version must be one of 5, 6, 7, not"):
        vercel.Config("message-1", version=version)


def test_a_history_is_messages() -> None:
    message = {"id": "user-1", "role": "user", "content": [{"type": "text", "text": "Hi"}]}
    wrong: Any
    for wrong in ("a text", message, 7):
        with pytest.raises(TypeError, match="history must be a sequence of messages, or None"):
            agui.Config("thread-1", "run-1", history=wrong)
    for wrong in ("a text", {}, {"id": "user-1"}, {"id": 7, "role": "user"}):
        with pytest.raises(TypeError, match=r"history\[1\] must be a message with an id and a role"):
            agui.Config("thread-1", "run-1", history=[message, wrong])
    plain_history: Any = [message]
    config = agui.Config("thread-1", "run-1", history=plain_history)
    assert config.history == (FrozenObject({**message, "content": (FrozenObject({"type": "text", "text": "Hi"}),)}),)
    assert hash(config) == hash(agui.Config("thread-1", "run-1", history=plain_history))


@pytest.mark.parametrize(
    ("wrong", "kind", "text"),
    [
        ({"first": 0}, ValueError, "first must be at least 1, not 0"),
        ({"after": -1}, ValueError, "after must be at least 0, not -1"),
        ({"after": "7"}, TypeError, "after must be a whole number, not '7'"),
        ({"first": True}, TypeError, "first must be a whole number"),
        ({"own_types": 1}, TypeError, "own_types must be true or false"),
    ],
)
def test_letta_s_numbers_are_checked(wrong: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        letta_sink.Config("run-1", **wrong)
