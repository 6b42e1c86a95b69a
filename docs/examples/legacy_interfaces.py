"""The three streaming interfaces of Letta's server (0.16.4 to 0.16.8), with the surface that its other code uses.

Put this in the place of `letta/interfaces/openai_streaming_interface.py`, and say which classes the objects are of:

    Interface.make = staticmethod(lambda name, members: getattr(schemas, name)(**members))
    Interface.cancelled_by = (RunCancelledException,)

`schemas` is anything that has the server's classes of messages, contents and tool calls by their names.
"""

import json
import traceback
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

from streamfold import Result, Usage, chat, drive, inner_thoughts, responses
from streamfold.adapters.driver import Observer, RunCancelled
from streamfold.adapters.json_text import dumps
from streamfold.adapters.openai_sdk import estimate_input_tokens
from streamfold.adapters.protocols import letta, letta_turn
from streamfold.adapters.protocols.result_json import result_to_json

Members = dict[str, Any]

_CLASSES = {
    "reasoning_message": "ReasoningMessage",
    "hidden_reasoning_message": "HiddenReasoningMessage",
    "assistant_message": "AssistantMessage",
    "tool_call_message": "ToolCallMessage",
    "approval_request_message": "ApprovalRequestMessage",
    "stop_reason": "LettaStopReason",
    "text": "TextContent",
    "reasoning": "ReasoningContent",
    "omitted_reasoning": "OmittedReasoningContent",
    "summarized_reasoning": "SummarizedReasoningContent",
}
"""By a message's type, or a content's: the server's class. It has none for refusals and tools that the provider ran."""
_OURS_ALONE = ("phase", "annotations")
_STATUSES = ("completed", "incomplete", "failed", "cancelled", "queued", "in_progress")


def plain(name: str, members: Members) -> Any:
    """An object of no library, with these members as attributes."""
    return SimpleNamespace(**{key: _with_attributes(value) for key, value in members.items()})


def _with_attributes(value: Any) -> Any:
    inner: Any = value  # of which a type checker knows no more than of the value
    if isinstance(value, list):
        return [_with_attributes(entry) for entry in inner]
    return plain("", inner) if isinstance(value, dict) else value


class Interface:
    """What the three have in common. Everything but `process` is there at every moment, also after an exception."""

    machine: ClassVar[Any]
    make: Callable[[str, Members], Any] = staticmethod(plain)
    cancelled_by: tuple[type[BaseException], ...] = (RunCancelled,)

    def __init__(
        self,
        requires_approval_tools: Iterable[str],
        run_id: str | None,
        step_id: str | None,
        cancellation_event: Any,
        **options: Any,
    ) -> None:
        self.letta_message_id = f"message-{uuid.uuid4()}"
        self.run_id, self.step_id, self.cancellation_event = run_id, step_id, cancellation_event
        self.last_event_type: str | None = None
        config = self.machine.Config(
            message_id=self.letta_message_id,
            run_id=run_id,
            step_id=step_id,
            requires_approval_tools=requires_approval_tools,
            skip_messages=letta.UNKNOWN_TYPES,
            **options,
        )
        self._state, _ = self.machine.start(config)
        self._config = config
        self._run: Any = None
        self._written: dict[str, int] = {}

    async def process(self, stream: Any, ttft_span: Any = None) -> AsyncGenerator[Any, None]:
        """The messages, as they come; an error's stop reason, and then the error itself."""
        self._run = drive(self.machine, self._config, stream, self.cancellation_event, observers=[_LastEvent(self)])
        try:
            async with self._run as run:
                async for message in run:
                    shown = letta.to_json(message, datetime.now(UTC))
                    if shown is None or shown.get("stop_reason") == "cancelled":  # which the server says
                        continue
                    try:
                        yield self.make(_CLASSES[shown["message_type"]], shown)
                    except self.cancelled_by:
                        run.cancel()
            self.result.raise_for_error()
        except Exception as error:
            if ttft_span is not None:
                told = {"stop_reason": "error", "error": str(error), "stacktrace": traceback.format_exc()}
                ttft_span.add_event(name="stop_reason", attributes=told)
            raise

    @property
    def result(self) -> Result:
        """All that the stream came to, so far."""
        found: Result = self.machine.result(self._state) if self._run is None else self._run.result
        return found

    def get_content(self) -> list[Any]:
        """The parts of the answer, as the server stores them."""
        parts = json.loads(dumps(result_to_json(self.result)["content"]))
        return [self._content(part) for part in parts if part["type"] in _CLASSES]

    def get_tool_call_objects(self) -> list[Any]:
        """The calls that are safe to run; `result.tool_calls` has the others as well, with the reasons."""
        return [
            self.make("ToolCall", {"id": call.id, "type": "function", "function": self._function(call)})
            for call in self.result.tool_calls
            if call.complete
        ]

    def get_tool_call_object(self) -> Any:
        """The first of them.

        Raises:
            ValueError: if there is none.
        """
        calls = self.get_tool_call_objects()
        if not calls:
            raise ValueError("No tool calls available")
        return calls[0]

    def get_usage_statistics(self) -> Any:
        """The tokens, reported or estimated; those that the server has written come first."""
        counts = letta_turn.usage_statistics(self.result.usage, steps=0)  # which the server counts
        prompt, completion = self.input_tokens, self.output_tokens
        if self.result.usage.source == "estimated":
            prompt, completion = prompt or self.fallback_input_tokens, completion or self.fallback_output_tokens
        written = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        return self.make("LettaUsageStatistics", {**counts, **written})

    def _content(self, part: Members) -> Any:
        known: Members = {name: value for name, value in part.items() if name not in _OURS_ALONE}
        if part["type"] == "summarized_reasoning" and part["encrypted_content"] is None:  # the server's class wants it
            text = "\n\n".join(piece["text"] for piece in part["summary"])
            known = {"type": "reasoning", "is_native": True, "reasoning": text}
        return self.make(_CLASSES[known["type"]], known)

    def _function(self, call: Any) -> Any:
        return self.make("FunctionCall", {"name": call.name, "arguments": call.arguments})

    # What was an attribute

    @property
    def message_id(self) -> str | None:
        """The provider's id of the answer."""
        return self.result.provider_id

    @property
    def model(self) -> str | None:
        return self.result.model

    @property
    def raw_usage(self) -> Members | None:
        raw = self.result.usage.raw
        return None if raw is None else json.loads(dumps(raw))

    @property
    def input_tokens(self) -> int:
        return self._written.get("input_tokens", self._reported.input_tokens or 0)

    @input_tokens.setter
    def input_tokens(self, count: int) -> None:
        self._written["input_tokens"] = count

    @property
    def output_tokens(self) -> int:
        return self._written.get("output_tokens", self._reported.output_tokens or 0)

    @output_tokens.setter
    def output_tokens(self, count: int) -> None:
        self._written["output_tokens"] = count

    @property
    def cached_tokens(self) -> int | None:
        return self._reported.cached_tokens

    @property
    def reasoning_tokens(self) -> int | None:
        return self._reported.reasoning_tokens

    @property
    def fallback_input_tokens(self) -> int:
        return self._estimated.input_tokens or 0

    @property
    def fallback_output_tokens(self) -> int:
        return self._estimated.output_tokens or 0

    @property
    def stream_was_cancelled(self) -> bool:
        return self.result.outcome == "cancelled"

    @property
    def total_events_received(self) -> int:
        return self.result.chunks

    @property
    def _reported(self) -> Usage:
        return self.result.usage if self.result.usage.source == "reported" else Usage()

    @property
    def _estimated(self) -> Usage:
        return self.result.usage if self.result.usage.source == "estimated" else Usage()


class _LastEvent(Observer):
    """Remembers the type of the last event, for whoever looks for what went wrong."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface

    def stepped(self, before: Any, chunk: Any, after: Any, messages: Any, /) -> None:
        self._interface.last_event_type = getattr(chunk, "type", None) or "ChatCompletionChunk"


def _estimating(is_openai_proxy: bool, messages: Iterable[Any] | None, tools: Iterable[Any] | None) -> Members:
    """The options for a server that may report no usage, of which the input is counted here."""
    if not is_openai_proxy:
        return {}
    sent = [one.to_openai_dict() if hasattr(one, "to_openai_dict") else one for one in messages or ()]
    return {"estimate_usage": True, "estimated_input_tokens": estimate_input_tokens(sent, list(tools or ()))}


class SimpleOpenAIStreamingInterface(Interface):
    """Chat Completions: content, native reasoning, parallel tool calls."""

    machine: ClassVar[Any] = chat

    def __init__(
        self,
        is_openai_proxy: bool = False,
        messages: list[Any] | None = None,
        tools: list[Any] | None = None,
        requires_approval_tools: Iterable[str] = (),
        model: str | None = None,
        run_id: str | None = None,
        step_id: str | None = None,
        cancellation_event: Any = None,
    ) -> None:
        options = _estimating(is_openai_proxy, messages, tools)
        super().__init__(requires_approval_tools, run_id, step_id, cancellation_event, model=model, **options)


class OpenAIStreamingInterface(Interface):
    """Chat Completions whose reasoning is a member of the tool call's arguments."""

    machine: ClassVar[Any] = inner_thoughts

    def __init__(
        self,
        use_assistant_message: bool = False,
        is_openai_proxy: bool = False,
        messages: list[Any] | None = None,
        tools: list[Any] | None = None,
        put_inner_thoughts_in_kwarg: bool = True,
        requires_approval_tools: Iterable[str] = (),
        run_id: str | None = None,
        step_id: str | None = None,
        cancellation_event: Any = None,
    ) -> None:
        super().__init__(
            requires_approval_tools,
            run_id,
            step_id,
            cancellation_event,
            use_assistant_message=use_assistant_message,
            put_inner_thoughts_in_kwarg=put_inner_thoughts_in_kwarg,
            **_estimating(is_openai_proxy, messages, tools),
        )

    def get_reasoning_content(self) -> list[Any]:
        """The thoughts, in one part, also if there are none; or that the model hides its reasoning."""
        hidden = [part for part in self.get_content() if part.type == "omitted_reasoning"]
        return hidden[:1] or [self.make("TextContent", {"type": "text", "text": self.result.thoughts.strip()})]


class SimpleOpenAIResponsesStreamingInterface(Interface):
    """The Responses API."""

    machine: ClassVar[Any] = responses

    def __init__(
        self,
        is_openai_proxy: bool = False,
        messages: list[Any] | None = None,
        tools: list[Any] | None = None,
        requires_approval_tools: Iterable[str] = (),
        model: str | None = None,
        run_id: str | None = None,
        step_id: str | None = None,
        cancellation_event: Any = None,
    ) -> None:
        if is_openai_proxy:
            raise NotImplementedError("OpenAI proxy is not supported for OpenAI Responses API")
        super().__init__(requires_approval_tools, run_id, step_id, cancellation_event, model=model)

    @property
    def incomplete_reason(self) -> str | None:
        """Why the answer is incomplete, if the provider said so."""
        word = self.result.finish_reason
        return None if word in _STATUSES else word

    @property
    def final_response(self) -> Any:
        """What the server reads of it; None until the provider has said that the response is over."""
        word, reason = self.result.finish_reason, self.incomplete_reason
        if word is None:
            return None
        status, details = (word, None) if reason is None else ("incomplete", SimpleNamespace(reason=reason))
        return SimpleNamespace(
            id=self.message_id, model=self.model, status=status, incomplete_details=details, usage=self.raw_usage
        )
