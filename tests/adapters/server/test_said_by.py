"""What a run says, as a turn of one call: also where its upstream raised."""

import logging
from typing import Any

import anyio
import pytest
from streamfold import chat, drive
from streamfold.adapters.server.said_by import said_by
from streamfold.reducer.messages import AssistantMessage
from support import chat_shapes as shapes
from support.adapters.upstreams import Upstream
from support.law_checks import MESSAGE_ID


def said(*meant: type[Exception]) -> list[Any]:
    async def main() -> list[Any]:
        upstream = Upstream([shapes.delta(content="Hi")], ConnectionError("gone"))
        run = drive(chat, chat.Config(message_id=MESSAGE_ID), upstream)
        return [one async for one in said_by(run, *meant)]

    return anyio.run(main)


@pytest.mark.parametrize("meant", [(), (ConnectionError,)], ids=["logged", "meant"])
def test_the_messages_then_the_result_of_an_upstream_that_raised(meant: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "streamfold"):
        first, *_, result = said(*meant)
    assert isinstance(first, AssistantMessage)
    assert (result.text, result.outcome) == ("Hi", "failed")
    assert ("gone" in caplog.text) == (not meant)
