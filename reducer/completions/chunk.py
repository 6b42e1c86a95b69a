"""The chunks of the two Chat Completions wires: what the folds read of the wire's JSON, and the rest as it came.

The classes have the wire's own nesting and names, so that a decoder can fill them straight from bytes. Every field may
be absent. What else a provider sends at a level is an object, `extras`, which no fold looks into. Adapters make chunks;
tests and users may write them by hand.

A decoder may have classes of its own with the same attributes, whose values are made quicker: `mirrors`, an attribute
of such a class, is then the class that it mirrors. A fold reads the attributes of chunks, and neither keeps nor
compares them.
"""

from typing import Literal

from ..values.frozen_value import value
from ..values.json_values import Json


@value(kw_only=True)
class FunctionDelta:
    """The function of a tool call's delta.

    Attributes:
        name: the function's name; most providers send it once.
        arguments: a piece of JSON text.
    """

    name: str | None = None
    arguments: str | None = None


@value(kw_only=True)
class CustomDelta:
    """The custom tool of a tool call's delta.

    Attributes:
        name: the tool's name; most providers send it once.
        input: a piece of raw text.
    """

    name: str | None = None
    input: str | None = None


@value(kw_only=True)
class CallDelta:
    """One entry of `delta.tool_calls`.

    Attributes:
        index: which call of the answer this belongs to; some providers (Gemini, Mistral) leave it out.
        id: the call's id; most providers send it once.
        type: "function" or "custom".
        function: what it adds to a call of a function.
        custom: what it adds to a call of a custom tool.
        extra_content: what the provider wants back with the call (Gemini's thought signature).
        extras: the other members that say something; those of the function, or of the custom tool, under its name.
    """

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: FunctionDelta | None = None
    custom: CustomDelta | None = None
    extra_content: Json = None
    extras: Json = None


@value(kw_only=True)
class Delta:
    """`choices[].delta`.

    Attributes:
        content: a piece of the answer's text.
        reasoning_content: reasoning as DeepSeek, vLLM and most others name it.
        reasoning: reasoning as OpenRouter, Groq and newer vLLM name it.
        reasoning_text: reasoning as GitHub Copilot names it.
        reasoning_details: OpenRouter's structured reasoning: a list of fragments.
        refusal: a piece of the model's refusal to answer.
        tool_calls: what it adds to tool calls, one entry each.
        function_call: the one call of the API before tools.
        annotations: citations: a list of objects.
        executed_tools: tools that Groq's compound models ran themselves: a list of objects.
        extra_content: what Gemini says of the content: `google.thought`, that it is reasoning; its signature.
        thought: whether the content is reasoning, where a provider says so here.
        reasoning_source: where `reasoning_content` came by another member than that: `ReasoningPart.member`, or an
            empty text where no member takes it back.
        content_parts: of a whole message whose content is a list of parts: its text and its reasoning, in their order.
        extras: the other members that say something, parts of content that are no text among them.
    """

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_text: str | None = None
    reasoning_details: Json = None
    refusal: str | None = None
    tool_calls: tuple[CallDelta, ...] | None = None
    function_call: FunctionDelta | None = None
    annotations: Json = None
    executed_tools: Json = None
    extra_content: Json = None
    thought: Json = None
    reasoning_source: str | None = None
    content_parts: tuple[tuple[Literal["text", "reasoning"], str], ...] | None = None
    extras: Json = None


@value(kw_only=True)
class Choice:
    """One entry of `choices`.

    Attributes:
        index: which of the answers to a request with n > 1 this belongs to.
        delta: what it adds to that answer.
        finish_reason: why the answer ended, in the provider's word.
        content_filter_results: Azure's content filter results for the answer.
        message: the whole answer, in place of a delta or beside it.
        usage: the usage, where a provider has it here (Kimi).
        error: an error, where a provider has it here (OpenRouter).
        extras: the other members that say something.
    """

    index: int = 0
    delta: Delta | None = None
    finish_reason: str | None = None
    content_filter_results: Json = None
    message: Delta | None = None
    usage: Json = None
    error: Json = None
    extras: Json = None


@value(kw_only=True)
class Chunk:
    """One chunk of a Chat Completions stream.

    Attributes:
        id: the answer's id.
        model: the model that answers, as the provider names it.
        choices: what it adds to each answer; empty or None in a chunk that only reports something.
        usage: the usage object, where this chunk has one.
        x_groq: Groq's own member, which may hold the usage or the error where `usage` and `error` do not.
        citations: Perplexity's list of sources.
        prompt_filter_results: Azure's content filter results for the prompt.
        error: an error that came in the stream: an object with a message, or text.
        extras: the other members that say something.
        repairs: what the adapter had to mend to make this chunk, in words.
        lost: whether it had to leave something out that may have had a piece of a tool call's arguments.
    """

    id: str | None = None
    model: str | None = None
    choices: tuple[Choice, ...] | None = ()
    usage: Json = None
    x_groq: Json = None
    citations: Json = None
    prompt_filter_results: Json = None
    error: Json = None
    extras: Json = None
    repairs: tuple[str, ...] = ()
    lost: bool = False
