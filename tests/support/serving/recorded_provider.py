"""The provider of recordings over loopback, and the real openai client before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
from streamfold.adapters.server.provider import Settings, Shelf, application, shelf_of
from support.adapters.command_runs import STREAMS
from support.serving.on_loopback import served

FAULTS = "x-streamfold-faults"


@contextmanager
def provider(*paths: Any, settings: Settings | None = None, **options: Any) -> Iterator[str]:
    """A provider of these recordings, or of all in the repository: its base URL."""
    shelf = shelf_of([str(path) for path in paths] or [str(STREAMS)], **options)
    with provider_of(shelf, settings) as url:
        yield url


@contextmanager
def provider_of(shelf: Shelf, settings: Settings | None = None) -> Iterator[str]:
    """The same, of a shelf."""
    with served(application(shelf, settings)) as url:
        yield url


def options_of(url: str, **options: Any) -> Any:
    """What a client is made with."""
    return {"base_url": f"{url}/v1", "api_key": "none", "max_retries": 0, "timeout": 60, **options}


def client_of(url: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(**options_of(url, **options))


def async_client_of(url: str, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(**options_of(url, **options))


def ask(client: Any, model: str = "chat_parallel_calls", faults: str = "", **more: Any) -> Any:
    """A chat completion's stream."""
    headers = {FAULTS: faults} if faults else {}
    asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "stream": True, **more}
    return client.chat.completions.create(**asked, extra_headers=headers)


def respond(client: Any, model: str = "responses_web_search", faults: str = "", **more: Any) -> Any:
    """A response's stream."""
    headers = {FAULTS: faults} if faults else {}
    return client.responses.create(**{"model": model, "input": "Hi", "stream": True, **more}, extra_headers=headers)
