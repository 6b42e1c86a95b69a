"""The arguments that a request is made with into a wire's `Config`."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...reducer.config import BaseConfig
from .tokens import estimate_input_tokens

__all__ = ["config_for"]

ConfigT = TypeVar("ConfigT", bound=BaseConfig)


def config_for(config: Callable[..., ConfigT], request: Mapping[str, Any], /, **options: Any) -> ConfigT:
    """A wire's `Config` out of the arguments that the request is made with, so that nothing is said twice.

    - `model` is the request's.
    - `n`: a fold is for one choice. Where the request asks for more than one, `choice` has to say which.
    - `tools` (inner thoughts): whether any of them asks for thoughts is `put_inner_thoughts_in_kwarg`.
    - `messages` and `tools`: the usage is estimated if `estimate_usage` is given, and for inner thoughts unless
      `stream_options` has it reported, with `estimate_input_tokens` for the input.

    Which calls need an approval is not in a request: give `requires_approval_tools`.

    ```python
    request = {"model": "gpt-5", "messages": messages, "tools": tools}
    config = config_for(chat.Config, request, message_id=message_id)
    stream = await client.chat.completions.create(**request, stream=True)
    ```

    Args:
        config: the wire's class: `chat.Config`, `inner_thoughts.Config` or `responses.Config`.
        request: the keyword arguments of `create(...)`; `extra_body` counts, as it does for the SDK.
        options: other fields of the configuration, `message_id` at least. What is given here is taken as it is.

    Raises:
        ValueError: if `n` is more than 1 and `choice` is not given, or not one of them; if a value is not one that the
            configuration takes.
        TypeError: if the configuration has no such field, or it is of another type; if the input is to be estimated,
            and can only be read once.
    """
    body = request.get("extra_body")
    request = {**request, **body} if isinstance(body, Mapping) else request
    fields = inspect.signature(config).parameters
    made: dict[str, Any] = {}
    if isinstance(model := request.get("model"), str):
        made["model"] = model
    if "choice" in fields:
        _check_choice(request.get("n"), options)
    tools = request.get("tools")
    if "put_inner_thoughts_in_kwarg" in fields and isinstance(tools, (list, tuple)) and tools:
        key = options.get("thoughts_key", fields["thoughts_key"].default)
        made["put_inner_thoughts_in_kwarg"] = any(_asks_for(key, tool) for tool in tools)
    if "estimate_usage" in fields:
        if "thoughts_key" in fields:
            made["estimate_usage"] = not _is_reported(request.get("stream_options"))
        if options.get("estimate_usage", made.get("estimate_usage")) and "estimated_input_tokens" not in options:
            made["estimated_input_tokens"] = estimate_input_tokens(request.get("messages"), tools)
    return config(**{**made, **options})


def _check_choice(n: Any, options: Mapping[str, Any]) -> None:
    if not isinstance(n, int) or n < 2:
        return
    if "choice" not in options:
        raise ValueError(f"n is {n}, and a fold is for one choice: make one for each, and say which by `choice`")
    choice = options["choice"]
    if isinstance(choice, int) and not 0 <= choice < n:
        raise ValueError(f"choice is {choice}, but n is {n}: the choices are 0 to {n - 1}")


def _asks_for(key: str, tool: Any) -> bool:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    schema = function.get("parameters") if isinstance(function, Mapping) else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return isinstance(properties, Mapping) and key in properties


def _is_reported(stream_options: Any) -> bool:
    return isinstance(stream_options, Mapping) and bool(stream_options.get("include_usage"))
