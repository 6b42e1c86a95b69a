"""`streamfold record FILE`: asks a model through the openai client, shows what it says live, and keeps the stream.

Base URL and key come from the client's usual environment variables, or from options. Ctrl-C cancels the run as a server
would: what was held is said, the cassette has what came, and its end.
"""

import argparse
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio

from ...reducer import responses
from ..cassette.files import json_in, name_of
from ..cassette.recorder import Recorder
from ..driver.run import Run, drive
from ..errors import ConfigError, FileError, UsageError
from ..openai_sdk.request_config import config_for
from ..openai_sdk.require_openai import require_openai
from ..wire.machines import machine_of
from .complain import complain, is_open


def record(options: argparse.Namespace, view_of: Callable[[Any], Any]) -> int:
    """Run the command.

    Args:
        options: what the command line says.
        view_of: makes what shows the messages, given the configuration.

    Returns:
        The exit status: 0 recorded; 1 the model could not be asked, or failed; 130 cancelled by Ctrl-C.

    Raises:
        StreamfoldError: if what was given cannot be used; the text is one line.
    """
    openai = require_openai("to record")
    machine, request = machine_of(options.wire), _request(options)
    message_id = options.message_id or f"message-{uuid.uuid4()}"
    try:
        config = config_for(machine.Config, request, message_id=message_id)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"--message-id: {error}") from None
    if Path(options.file).exists() and not options.force:
        raise UsageError(f"{name_of(options.file)}: there already; --force writes over it")
    try:
        client = openai.AsyncOpenAI(base_url=options.base_url, api_key=options.api_key)
    except openai.OpenAIError as error:
        raise UsageError(_one_line(error)) from None
    try:
        recorder = Recorder(options.file, options.wire, config, overwrite=options.force)
    except OSError as error:
        raise FileError(f"{name_of(options.file)}: {(error.strerror or str(error)).lower()}") from None
    with recorder:
        return anyio.run(_Recording(machine, config, recorder, view_of(config)).run, client, request)


class _Recording:
    """One question to a model, from asking to the end of its answer."""

    def __init__(self, machine: Any, config: Any, recorder: Recorder, view: Any) -> None:
        self._machine = machine
        self._config = config
        self._recorder = recorder
        self._view = view
        self._run: Run[Any] | None = None
        self._interrupted = False

    async def run(self, client: Any, request: dict[str, Any]) -> int:
        """Ask, show, and keep; the exit status."""
        status = 1
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen, group.cancel_scope)
            async with client:
                status = await self._ask(client, request)
            group.cancel_scope.cancel()
        return 130 if self._interrupted else status

    async def _listen(self, scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGINT) as signals:
            async for _ in signals:
                self._interrupted = True
                if self._run is None:
                    scope.cancel()  # still asking: there is nothing to end yet
                else:
                    self._run.cancel()

    async def _ask(self, client: Any, request: dict[str, Any]) -> int:
        create = client.responses.create if self._machine is responses else client.chat.completions.create
        try:
            stream = await create(**request)
            async with drive(self._machine, self._config, stream, observers=[self._recorder]) as run:
                self._run = run
                async for message in run:
                    self._view.show(message)
                    sys.stdout.flush()
        except Exception as error:
            if self._run is not None:
                self._view.conclude(self._run.result)
            complain(_one_line(error))
            return 1
        self._view.conclude(run.result)
        return 1 if run.result.outcome == "failed" else 0


def _request(options: argparse.Namespace) -> dict[str, Any]:
    prompt = options.prompt if options.prompt is not None else sys.stdin.read() if is_open(sys.stdin) else ""
    if not prompt.strip():
        raise UsageError("nothing to ask: give --prompt TEXT, or the text on standard input")
    request: dict[str, Any] = {"model": options.model, "stream": True}
    if options.wire == "responses":
        request["input"] = prompt
    else:
        request |= {"messages": [{"role": "user", "content": prompt}], "stream_options": {"include_usage": True}}
    if options.tools is not None:
        request["tools"] = _tools(options.tools)
    return request


def _tools(path: str) -> list[Any]:
    tools = json_in(path)
    if not isinstance(tools, list):
        raise UsageError(f"{name_of(path)}: must be a JSON list of tools, as the API takes them")
    return tools


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
