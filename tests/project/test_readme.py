"""The README's program, as it is printed, before a provider of recordings."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.server.provider import Settings
from support.adapters.command_runs import CALLS
from support.serving.recorded_provider import provider

ROOT = Path(__file__).parents[2]
(PROGRAM,) = re.findall(
    r"^```python\n(import .*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


def lines_of(program: str, **options: Any) -> list[str]:
    with provider(CALLS, **options) as url:
        env = os.environ | {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "none", "PYTHONIOENCODING": "utf-8"}
        run = [sys.executable, "-c", program]
        return subprocess.run(run, env=env, check=True, capture_output=True, encoding="utf-8").stdout.splitlines()


def test_the_program_shows_messages_result_and_calls() -> None:
    *messages, result, weather, train = lines_of(PROGRAM)
    assert len(messages) > 60
    assert result == "completed Let me look both up."
    assert weather == 'run get_weather {"city":"Lisbon","day":"Friday"}'
    assert train == 'ask a person about find_train {"from":"São Bento","to":"OPO","by":"07:30"}'


@pytest.mark.deep
def test_the_program_s_stop_button_leaves_no_call() -> None:
    program = PROGRAM.replace("call_later(60,", "call_later(0.3,")
    assert program != PROGRAM
    *messages, result = lines_of(program, settings=Settings(1.0), chunk_delay=0.05)
    assert 0 < len(messages) < 60
    assert result.startswith("cancelled ")
