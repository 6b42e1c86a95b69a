"""Twenty turns of a loop with the openai client, before a provider that refuses whatever is wrong in its history."""

from typing import Any

import openai
import pytest
from streamfold.adapters.driver import drive_sync
from streamfold.adapters.history import chat_message, denial, tool_message
from streamfold.reducer import chat
from support.adapters.strict_client import StrictTransport
from support.adapters.strict_provider import StrictProvider
from support.chat_shapes import DONE, call, calls, custom, delta, finished, sse
from support.law_checks import MESSAGE_ID

TURNS = 20
BROKEN_OFF = {4: 0.3, 9: 0.6, 13: 0.9}
"""Turns whose connection breaks, and after which part of the bytes."""
LAST = TURNS - 1


class Model:
    """A model behind every gateway at once: reasoning, details, thinking blocks, signatures, calls of both kinds."""

    def __init__(self) -> None:
        self.provider = StrictProvider(
            sealed=set(), calls={}, wants="reasoning_content", wants_signature=True, keeps=False
        )

    def check(self, body: dict[str, Any]) -> None:
        self.provider.check_messages(body["messages"])

    def answer(self, turn: int, body: dict[str, Any]) -> bytes:
        assert self.provider.sealed is not None
        assert self.provider.calls is not None
        signature, thought = f"c2ln{turn}", ["I ", "I ", f"should look, {turn}."]
        self.provider.sealed |= {signature}
        self.provider.thinking[signature] = "".join(thought)
        frames = [
            delta(
                reasoning_content=piece,
                thinking_blocks=[{"type": "thinking", "thinking": piece, "signature": None}],
                reasoning_details=[{"type": "reasoning.text", "index": 0, "text": piece}],
            )
            for piece in thought
        ]
        frames.append(delta(thinking_blocks=[{"type": "thinking", "thinking": "", "signature": signature}]))
        frames.append(delta(reasoning_details=[{"type": "reasoning.text", "index": 0, "signature": signature}]))
        if turn % 2 or turn == LAST:
            frames.append(delta(content="Let me see."))
        if turn == LAST:
            return sse(*frames, finished("stop"), DONE)
        opened = []
        for at in range(1 + turn % 4):
            name, text = f"call_{turn}_{at}", f'{{"at": {at}}}'
            signed = {"extra_content": {"google": {"thought_signature": signature}}} if at == 0 else {}
            if at == 2:
                self.provider.calls[name] = ("run_sql", text)
                opened.append([custom(at, name, "run_sql", text[:3]), custom(at, text=text[3:])])
            else:
                self.provider.calls[name] = ("look_up", text)
                opened.append([call(at, name, "look_up", text[:3], **signed), call(at, arguments=text[3:])])
        for round_of in zip(*opened, strict=True):
            frames += [calls(entry) for entry in round_of]
        body_of = sse(*frames, finished("tool_calls"), DONE)
        return body_of[: int(len(body_of) * BROKEN_OFF.get(turn, 1))]


def test_twenty_turns_are_accepted_whatever_happens_in_them() -> None:
    model = Model()
    transport = StrictTransport(model.check, model.answer)
    messages: list[Any] = [{"role": "user", "content": "Look around."}]
    answered = 0
    with transport.client() as client:
        for turn in range(TURNS):
            stream = client.chat.completions.create(model="m", messages=messages, stream=True)
            config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools={"run_sql"})
            with drive_sync(chat, config, stream) as run:
                list(run)
            said = chat_message(run.result)
            assert (said.message is None) is (turn in BROKEN_OFF)
            messages += said.messages
            messages += [tool_message(one, denial() if one.needs_approval else "Done.") for one in said.calls]
            answered += len(said.calls)
            if not said.calls:
                messages.append({"role": "user", "content": "Go on."})
    assert len(transport.requests) == TURNS
    assert answered == sum(1 + turn % 4 for turn in range(LAST) if turn not in BROKEN_OFF)
    model.provider.check_messages(messages)


def test_what_is_wrong_in_a_history_is_refused() -> None:
    model = Model()
    transport = StrictTransport(model.check, model.answer)
    user = {"role": "user", "content": "Look around."}
    with transport.client() as client:
        stream = client.chat.completions.create(model="m", messages=[user], stream=True)  # type: ignore[list-item]
        with drive_sync(chat, chat.Config(message_id=MESSAGE_ID), stream) as run:
            list(run)
        said = chat_message(run.result)
        assert said.message is not None
        answers = [tool_message(one, "Done.") for one in said.calls]
        forged = {**said.message, "reasoning_details": [{"type": "reasoning.text", "signature": "Zm9yZ2Vk"}]}
        unsigned = chat_message(run.result, reasoning="never").messages
        for wrong in ([user, *said.messages, user], [user, forged, *answers], [user, *unsigned, *answers]):
            with pytest.raises(openai.BadRequestError):
                client.chat.completions.create(model="m", messages=wrong, stream=True)  # type: ignore[arg-type]
    assert len(transport.requests) == 1
