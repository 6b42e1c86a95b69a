"""How composed responses end: by which event, with which reason, and where it stands."""

from typing import Any

import pytest
from streamfold.adapters.strategies.compose_terminals import cancelled, failures, named, response_json, usage_of
from streamfold.adapters.strategies.expected import Intent, Step, summed
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer.usage import Usage
from support.adapters.pens import simplest


def drawn(make: Any, *quirks: Quirk, number: int = 0) -> Any:
    """What is made with a pen that uses these quirks."""

    def used(pen: Any) -> Any:
        for quirk in quirks:
            pen.use(quirk)
        return make(pen)

    return simplest(used, *quirks, number=number)


def shown(steps: list[Step]) -> list[tuple[str, bool]]:
    """The type of each event, and whether it has the reason."""
    members = [(step.chunk.response or {}).get("error") or step.chunk.error or step.chunk.message for step in steps]
    return [(step.chunk.type, bool(reason)) for step, reason in zip(steps, members, strict=True)]


def test_a_response_has_the_id_of_its_place_and_what_is_given() -> None:
    made = response_json(1, "failed", error="boom")
    assert (made["id"], made["status"], made["output"], made["error"]) == ("resp_2", "failed", [], "boom")


def test_the_terminal_event_is_named_by_the_status_or_done() -> None:
    assert simplest(lambda pen: named(pen, "incomplete")) == "response.incomplete"
    assert simplest(lambda pen: named(pen, "incomplete"), Quirk.OTHER_TERMINAL) == "response.done"


def test_what_it_cost_is_said_where_it_stands() -> None:
    raw, told = simplest(lambda pen: usage_of(pen, 1))
    assert raw == {"input_tokens": 5, "output_tokens": 12, "total_tokens": 17}
    assert told == (Intent(usage=Usage(5, 12, total_tokens=17, source="reported")),)
    assert simplest(lambda pen: usage_of(pen, 1), Quirk.NO_USAGE) == (None, ())


@pytest.mark.parametrize(
    ("quirk", "number", "expected"),
    [
        (Quirk.ERROR, 0, [("response.failed", True)]),
        (Quirk.ERROR, 1, [("error", True)]),
        (Quirk.ERROR, 2, [("error", True)]),
        (Quirk.ERROR, 3, [("response.error", True)]),
        (Quirk.ERROR_TWICE, 0, [("error", True), ("response.failed", True)]),
        (Quirk.ERROR_TWICE, 2, [("error", True), ("response.failed", True)]),
        (Quirk.ERROR_TWICE, 3, [("response.failed", False), ("response.error", True)]),
    ],
)
def test_a_failure_comes_by_its_events(quirk: Quirk, number: int, expected: list[tuple[str, bool]]) -> None:
    steps = drawn(lambda pen: failures(pen, 0), quirk, number=number)
    assert shown(steps) == expected
    assert all(meant.fails for step in steps for meant in step.meant)


@pytest.mark.parametrize(
    ("number", "kind", "status"),
    [
        (0, "response.cancelled", "cancelled"),
        (1, "response.canceled", "canceled"),
        (2, "response.done", "cancelled"),
    ],
)
def test_a_cancelled_response_says_so_by_name_or_status(number: int, kind: str, status: str) -> None:
    step = drawn(lambda pen: cancelled(pen, 0), Quirk.CANCELLED, number=number)
    assert (step.chunk.type, step.chunk.response["status"]) == (kind, status)
    said = summed([step])
    assert (said.outcome, said.reasons, said.usage.output_tokens) == ("cancelled", [status], 11)
