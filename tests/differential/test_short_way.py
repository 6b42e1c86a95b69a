"""Most chunks of recorded streams take the short way through a step: a share that is counted, not timed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.completions import plain as completions_plain
from streamfold.reducer.responses import plain as responses_plain
from support.law_checks import MESSAGE_ID

LEAST = 0.95
LEAST_OF_THOUGHTS = 0.93
"""These recordings are short: of each, three chunks begin or end it, and two begin its call and its thoughts."""
SAID = (
    *("response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta"),
    *("response.reasoning_text.delta", "response.reasoning_summary_text.delta"),
    "response.custom_tool_call_input.delta",
)
"""The events that go on with a part, as nearly all of a long answer do; the others begin or end something."""


def recorded(config: pytest.Config, wire_name: str) -> list[Path]:
    """The recorded streams of a wire."""
    folder = config.getoption("--corpus")
    if not folder:
        pytest.skip("no recorded corpus: give --corpus DIR")
    return sorted(path for path in Path(folder).glob(f"{wire_name}__*") if path.suffix in (".sse", ".jsonl"))


def folded(machine: Any, wire_name: Any, paths: list[Path]) -> Iterator[tuple[Any, Any]]:
    """Each chunk that is no marker, after the state that it comes to."""
    for path in paths:
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        for chunk in wire.read(wire_name, [path.read_bytes()]):
            if isinstance(chunk, machine.Chunk):
                yield state, chunk
            state, _ = machine.step(state, chunk)


@pytest.mark.parametrize(
    ("machine", "kind", "wire_name", "least"),
    [(chat, "chat", "chat", LEAST), (inner_thoughts, "inner", "inner-thoughts", LEAST_OF_THOUGHTS)],
)
def test_nearly_all_chunks_of_chat_take_the_short_way(
    pytestconfig: pytest.Config, machine: Any, kind: str, wire_name: str, least: float
) -> None:
    steps = folded(machine, wire_name, recorded(pytestconfig, kind))
    plain = [completions_plain.plain_step(state, chunk, machine.STYLE) is not None for state, chunk in steps]
    assert sum(plain) / len(plain) >= least


def test_nearly_all_deltas_of_responses_take_the_short_way(pytestconfig: pytest.Config) -> None:
    steps = folded(responses, "responses", recorded(pytestconfig, "responses"))
    deltas = [(state, event) for state, event in steps if event.type in SAID]
    plain = [responses_plain.plain_step(state, event) is not None for state, event in deltas]
    assert sum(plain) / len(plain) >= LEAST
