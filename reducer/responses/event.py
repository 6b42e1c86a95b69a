"""The events of the Responses API, as the chunk that carries one."""

from ..values.frozen_value import value
from ..values.json_values import Json


@value(kw_only=True)
class Event:
    """One event of a Responses stream: what the fold reads of it, by the wire's own names.

    Content that an event of its type does not have belongs in `extras`.

    Attributes:
        type: "response.output_text.delta", …
        sequence_number: the event's number in the stream, where the provider numbers them.
        output_index: which output item it is about, by its place in the answer.
        item_id: which output item it is about, by its id.
        call_id: which tool call it is about, by the call's id.
        content_index: which part of that item.
        summary_index: which part of its summary.
        command_index: which command of a shell call.
        annotation_index: which citation of a part.
        delta: a piece of text; a shell call's is an object.
        text: the whole text of a part that is done.
        refusal: the whole refusal of a part that is done.
        arguments: the whole arguments of a function call that is done.
        input: the whole input of a custom tool's call that is done.
        partial_image_b64: an image so far.
        item: a whole output item.
        part: a whole part of an item.
        annotation: a citation.
        response: the whole response, as it is so far.
        code: an error's code.
        message: an error's message.
        error: code and message, where the provider nests them.
        extras: the event's other members that say something.
        repairs: what the adapter had to mend to make this chunk, in words.
        lost: whether it had to leave something out that may have had a piece of a tool call's arguments.
    """

    type: str
    sequence_number: int | None = None
    output_index: int | None = None
    item_id: str | None = None
    call_id: str | None = None
    content_index: int | None = None
    summary_index: int | None = None
    command_index: int | None = None
    annotation_index: int | None = None
    delta: Json = None
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
    partial_image_b64: str | None = None
    item: Json = None
    part: Json = None
    annotation: Json = None
    response: Json = None
    code: Json = None
    message: str | None = None
    error: Json = None
    extras: Json = None
    repairs: tuple[str, ...] = ()
    lost: bool = False
