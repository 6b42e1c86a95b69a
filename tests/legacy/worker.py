"""Reads streams by Letta's own interfaces, and by the example in their place with Letta's own classes.

It runs in an environment that has `letta`: a line of JSON in for each case, and one out with both answers.
"""

import importlib
import json
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from answers import CLASSES, MESSAGE_ID, answer

logging.disable(logging.CRITICAL)
sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "examples"))

_SCHEMAS = (
    "letta.schemas.letta_message",
    "letta.schemas.letta_message_content",
    "letta.schemas.letta_stop_reason",
    "letta.schemas.openai.chat_completion_response",
    "letta.schemas.usage",
)


def dumped(made: Any) -> Any:
    """A server's object as its client reads it; dates are left out, since they are when it was made."""
    data = made.model_dump(mode="json", exclude_none=True)
    data.pop("date", None)
    return data


def interfaces() -> dict[str, Any]:
    """Letta's, and the example's, whose objects and ids are Letta's."""
    theirs: Any = importlib.import_module("letta.interfaces.openai_streaming_interface")
    ours: Any = importlib.import_module("legacy_interfaces")
    schemas: dict[str, Any] = {}
    for name in _SCHEMAS:
        schemas |= vars(importlib.import_module(name))
    ours.Interface.make = staticmethod(lambda name, members: schemas[name](**members))
    fixed = UUID(MESSAGE_ID.removeprefix("message-"))
    ours.uuid = SimpleNamespace(uuid4=lambda: fixed)
    theirs.Message.generate_id = classmethod(lambda cls, prefix=None: MESSAGE_ID)
    return {"theirs": theirs, "ours": ours}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what else is printed goes where it does not disturb
    modules = interfaces()
    for line in sys.stdin:
        case = json.loads(line)
        wire, both = case["interface"], {}
        for name, module in modules.items():
            interface = getattr(module, CLASSES[wire])(run_id="run-1", step_id="step-1", **case["config"])
            both[name] = answer(interface, wire, case["body"].encode(), dumped)
        print(json.dumps(both), file=answers, flush=True)


if __name__ == "__main__":
    main()
