"""Messages of the request that come once more among the output (Q70): nothing of them is said, and they are kept."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import responses
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    begun,
    chunks_of,
    completed,
    created,
    folded,
    item_added,
    item_done,
    message,
    message_lane,
    part_done,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import MESSAGE_ID

ROLES = ("user", "system", "developer", "tool")
ANSWER = message(1, "Hi.")


def echo(role: str = "user", **members: Any) -> EventJson:
    return message(0, {"type": "input_text", "text": "Who?"}, role=role, **members)


@pytest.mark.parametrize("output", [[], [echo(), ANSWER], [ANSWER]], ids=["empty", "both", "answer"])
@pytest.mark.parametrize("role", ROLES)
def test_q70_a_message_of_the_request_is_not_said(role: str, output: list[EventJson]) -> None:
    known = echo(role)
    output = [known if item.get("role") == "user" else item for item in output]
    for events in (
        [item_done(known)],
        [item_added(known), item_done(known)],
        [begun(known), item_done(known)],
        [item_added(known)],
    ):
        whole = [created(), *events, *message_lane("Hi.", 1), completed(output=output)]
        check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks_of(whole))
        fold = folded(whole)
        assert fold.result.text == "Hi."
        assert [(item.id, item.item.get("role"), len(item.parts)) for item in fold.result.output] == [
            ("item_0", role, 0),
            ("item_1", "assistant", 1),
        ]


def test_q70_what_names_a_message_of_the_request_is_ignored() -> None:
    about = [text_delta("Who?"), text_done("Who?"), part_done(text_part("Who?"))]
    fold = folded([created(), item_added(echo()), *about, item_done(echo()), *message_lane("Hi.", 1), completed()])
    assert fold.result.text == "Hi."
    assert len(fold.notes("ignored")) == 3


def test_q70_what_names_nothing_is_the_answer() -> None:
    bare = text_delta("Hi.", output_index=LEFT_OUT, item_id=LEFT_OUT)
    assert folded([created(), item_added(echo()), bare, completed()]).result.text == "Hi."
    assert folded([created(), item_done(echo()), begun(ANSWER, 1), bare, completed()]).result.text == "Hi."


def test_q70_a_message_of_the_request_that_says_the_same_is_another() -> None:
    same = message(0, "Hi.", role="user", id="item_9")
    for events in (
        [*message_lane("Hi.", 1)[:-1], item_done(same, LEFT_OUT), item_done(ANSWER, 1), completed()],
        [*message_lane("Hi.", 1), completed(same, ANSWER)],
        [*message_lane("Hi.", 1), completed(message(0, "Hi.", role="user", id=None), ANSWER)],
        [completed(same, ANSWER)],
    ):
        result = folded([created(), *events]).result
        assert result.text == "Hi."
        assert sorted(str(item.item.get("role")) for item in result.output) == ["assistant", "user"]


def test_q70_an_answer_at_the_index_of_an_echo() -> None:
    events = [item_done(echo()), begun(ANSWER), text_delta("Hi.", item_id="item_1"), item_done(ANSWER)]
    assert folded([created(), *events, completed(output=[])]).result.text == "Hi."
    assert folded([created(), item_done(echo()), item_done(ANSWER), completed()]).result.text == "Hi."


def test_q70_the_whole_text_of_a_response_is_its_answer_s() -> None:
    fold = folded([created(), item_done(echo()), completed(echo(), output_text="Hi.")])
    assert fold.result.text == "Hi."
