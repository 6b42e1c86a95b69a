"""A request's own arguments into a `Config`."""

from typing import Any

import openai
import pytest
from streamfold.adapters import openai_sdk
from streamfold.adapters.openai_sdk import tokens
from streamfold.reducer import chat, inner_thoughts, responses
from support.law_checks import MESSAGE_ID

THOUGHTFUL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {"thinking": {"type": "string"}}}},
}
BARE = {"type": "function", "function": {"name": "g", "parameters": {"type": "object", "properties": {"a": {}}}}}


@pytest.fixture
def no_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "encoding", lambda: None)


def test_a_configuration_says_nothing_twice() -> None:
    request = {"model": "gpt-5", "messages": [{"role": "user", "content": "x"}], "n": 1, "tools": [BARE]}
    config = openai_sdk.config_for(
        chat.Config, request, message_id=MESSAGE_ID, run_id="r", requires_approval_tools={"g"}, think_tags=True
    )
    assert config == chat.Config(
        message_id=MESSAGE_ID, model="gpt-5", run_id="r", requires_approval_tools={"g"}, think_tags=True
    )
    answers = openai_sdk.config_for(responses.Config, {"model": "o3", "input": "x"}, message_id=MESSAGE_ID)
    assert answers == responses.Config(message_id=MESSAGE_ID, model="o3")
    other = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, model="another")
    assert other.model == "another"
    body = {"model": "theirs"}
    assert openai_sdk.config_for(chat.Config, {"extra_body": body}, message_id=MESSAGE_ID).model == "theirs"
    assert openai_sdk.config_for(chat.Config, {"model": openai.NOT_GIVEN}, message_id=MESSAGE_ID).model is None
    with pytest.raises(TypeError, match="unheard_of"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, unheard_of=1)


def test_of_several_choices_one_has_to_be_chosen() -> None:
    request = {"model": "m", "n": 3}
    with pytest.raises(ValueError, match="n is 2, and"):
        openai_sdk.config_for(chat.Config, {"n": 2}, message_id=MESSAGE_ID)
    with pytest.raises(ValueError, match="n is 3, and a fold is for one choice"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID)
    for index in (0, 2, None):
        config = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, choice=index)
        assert config.choice == index
    with pytest.raises(ValueError, match="choice is 3, but n is 3: the choices are 0 to 2"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, choice=3)
    assert openai_sdk.config_for(chat.Config, {"n": None}, message_id=MESSAGE_ID).choice == 0


@pytest.mark.parametrize(
    ("tools", "asks"),
    [
        (None, True),
        ([], True),
        ([BARE], False),
        ([BARE, THOUGHTFUL], True),
        ([5, {"type": "custom"}, {"function": {}}, {"function": {"parameters": {"properties": None}}}], False),
    ],
)
@pytest.mark.usefixtures("no_tiktoken")
def test_whether_the_tools_ask_for_thoughts_is_in_them(tools: Any, asks: bool) -> None:
    request = {"messages": [], "tools": tools}
    config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID)
    assert config.put_inner_thoughts_in_kwarg is asks
    for said in (True, False):
        config = openai_sdk.config_for(
            inner_thoughts.Config, request, message_id=MESSAGE_ID, put_inner_thoughts_in_kwarg=said
        )
        assert config.put_inner_thoughts_in_kwarg is said
    if tools:
        config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID, thoughts_key="a")
        assert config.put_inner_thoughts_in_kwarg is (BARE in tools)


@pytest.mark.usefixtures("no_tiktoken")
def test_usage_of_native_streams_is_estimated_where_asked_for() -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    config = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID)
    assert (config.estimate_usage, config.estimated_input_tokens) == (False, None)
    config = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, estimate_usage=True)
    assert config.estimated_input_tokens == openai_sdk.estimate_input_tokens(request["messages"])


@pytest.mark.usefixtures("no_tiktoken")
def test_usage_is_estimated_unless_it_will_be_reported() -> None:
    messages = [{"role": "user", "content": "hello"}]

    def configured(request: Any, **options: Any) -> tuple[bool, int | None]:
        config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID, **options)
        return config.estimate_usage, config.estimated_input_tokens

    counted = openai_sdk.estimate_input_tokens(messages, [BARE])
    asked = {"messages": messages, "tools": [BARE]}
    reported = {**asked, "stream_options": {"include_usage": True}}
    assert configured(asked) == (True, counted)
    assert configured({**asked, "stream_options": {"include_usage": False}}) == (True, counted)
    assert configured(reported) == (False, None)
    assert configured({**asked, "extra_body": {"stream_options": {"include_usage": True}}}) == (False, None)
    assert configured(reported, estimate_usage=True) == (True, counted)
    assert configured(asked, estimate_usage=False) == (False, None)
    assert configured({**asked, "messages": iter(messages)}, estimated_input_tokens=5) == (True, 5)
    assert configured({}) == (True, 0)
