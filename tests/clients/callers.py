"""How each client is asked for a stream, synchronous and asynchronous; its library is imported when it is asked."""

import os
from collections.abc import Callable
from typing import Any

HI: Any = [{"role": "user", "content": "Hi"}]
ASKED: dict[str, Any] = {"model": "m", "messages": HI, "stream": True}

Caller = Callable[[str], Any]
"""Given the server's base URL, which ends with `/v1`: the stream, or what is to be awaited for it."""


def _of_openai(module: str, response: bool = False) -> dict[str, Caller]:
    """A client that has the openai client's shape."""

    def ask(url: str, asynchronous: bool) -> Any:
        library = __import__(module, fromlist=["x"])
        name = {"groq": "Groq"}.get(module, "OpenAI")
        client = getattr(library, f"Async{name}" if asynchronous else name)(base_url=url, api_key="k", max_retries=0)
        completions = client.chat.completions
        return (completions.with_streaming_response if response else completions).create(**ASKED)

    return {"sync": lambda url: ask(url, False), "async": lambda url: ask(url, True)}


def _openai() -> dict[str, Caller]:
    by_bytes = _of_openai("openai", response=True)
    return {**_of_openai("openai"), "sync, bytes": by_bytes["sync"], "async, bytes": by_bytes["async"]}


def _mistralai() -> dict[str, Caller]:
    def client(url: str) -> Any:
        try:
            from mistralai import Mistral
        except ImportError:
            from mistralai.client import Mistral
        return Mistral(api_key="k", server_url=url.removesuffix("/v1"))

    asked = {"model": "m", "messages": HI}
    return {
        "sync": lambda url: client(url).chat.stream(**asked),
        "async": lambda url: client(url).chat.stream_async(**asked),
    }


def _huggingface_hub() -> dict[str, Caller]:
    clients = []  # it closes its streams when it is dropped

    def ask(url: str, name: str) -> Any:
        import huggingface_hub

        clients.append(getattr(huggingface_hub, name)(base_url=url, api_key="k"))
        return clients[-1].chat_completion(HI, stream=True)

    return {"sync": lambda url: ask(url, "InferenceClient"), "async": lambda url: ask(url, "AsyncInferenceClient")}


def _litellm() -> dict[str, Caller]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

    def ask(url: str, name: str) -> Any:
        import litellm

        return getattr(litellm, name)(**{**ASKED, "model": "openai/m"}, api_base=url, api_key="k", num_retries=0)

    return {"sync": lambda url: ask(url, "completion"), "async": lambda url: ask(url, "acompletion")}


def _openrouter() -> dict[str, Caller]:
    def client(url: str) -> Any:
        from openrouter import OpenRouter

        return OpenRouter(api_key="k", server_url=url)

    return {
        "sync": lambda url: client(url).chat.send(**ASKED),
        "async": lambda url: client(url).chat.send_async(**ASKED),
    }


def _requests() -> dict[str, Caller]:
    def ask(url: str) -> Any:
        import requests

        return requests.post(f"{url}/chat/completions", json={}, stream=True, timeout=5)

    def events(url: str) -> Any:
        import sseclient

        return sseclient.SSEClient(ask(url)).events()

    return {
        "sync": ask,
        "sync, iter_content": lambda url: ask(url).iter_content(None),
        "sync, iter_lines": lambda url: ask(url).iter_lines(),
        "sync, sseclient": events,
    }


def _httpx_sse() -> dict[str, Caller]:
    def sync(url: str) -> Any:
        import httpx
        from httpx_sse import connect_sse

        with httpx.Client() as client, connect_sse(client, "POST", f"{url}/x", json={}) as source:
            yield from source.iter_sse()

    async def asynchronous(url: str) -> Any:
        import httpx
        from httpx_sse import aconnect_sse

        async with httpx.AsyncClient() as client, aconnect_sse(client, "POST", f"{url}/x", json={}) as source:
            async for event in source.aiter_sse():
                yield event

    return {"sync": sync, "async": asynchronous}


def _aiohttp() -> dict[str, Caller]:
    async def ask(url: str) -> Any:
        import aiohttp

        return await aiohttp.ClientSession().post(f"{url}/x", json={})

    async def content(url: str) -> Any:
        return (await ask(url)).content

    return {"async": ask, "async, content": content}


def _langfuse() -> dict[str, Caller]:
    # Nobody listens there: what langfuse tells of the streams is its own business.
    os.environ.update(LANGFUSE_PUBLIC_KEY="k", LANGFUSE_SECRET_KEY="k", LANGFUSE_HOST="http://127.0.0.1:9")
    return _of_openai("langfuse.openai")


CALLERS: dict[str, Callable[[], dict[str, Caller]]] = {
    "openai": _openai,
    "openai-oldest": _openai,
    "groq": lambda: _of_openai("groq"),
    "mistralai": _mistralai,
    "huggingface_hub": _huggingface_hub,
    "litellm": _litellm,
    "openrouter": _openrouter,
    "aiohttp": _aiohttp,
    "requests": _requests,
    "httpx-sse": _httpx_sse,
    "langfuse": _langfuse,
    "otel": _openai,
    "otel-v2": _openai,
}
"""By the name of each environment: the ways to ask for a stream."""
