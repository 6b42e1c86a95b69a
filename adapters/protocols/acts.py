"""What a turn comes to on a screen, in no protocol's words: parts that open, grow and close, and how the turn ends.

`turn` makes these of a fold's messages, and each client protocol makes its own events of them. So what must be open
before what, and what has to be closed at the end, is known in one place.
"""

from typing import Literal, TypeAlias

from ...reducer.stream_error import StreamError
from ...reducer.usage import UNKNOWN, Usage
from ...reducer.values.frozen_value import value
from ...reducer.values.json_values import Json

__all__ = [
    "Act",
    "CallGrew",
    "CallOpened",
    "CallReady",
    "CallRefused",
    "CallReturned",
    "Cited",
    "PartClosed",
    "PartGrew",
    "PartKind",
    "PartOpened",
    "Reason",
    "ServerToolOpened",
    "ServerToolOver",
    "ServerToolProgress",
    "StepBegun",
    "StepOver",
    "TurnOver",
]

Reason: TypeAlias = Literal[
    "stop", "length", "content filter", "tool calls", "max steps", "approval", "cancelled", "error", "other"
]
"""Why a turn is over; see `TurnOver`."""

PartKind: TypeAlias = Literal["text", "refusal", "reasoning", "hidden_reasoning"]
"""What a part holds."""


@value
class StepBegun:
    """A model call begins.

    Attributes:
        number: which one of the turn it is, from 1.
    """

    number: int


@value
class StepOver:
    """A model call is over, and nothing of it is open.

    Attributes:
        number: which one of the turn it was.
    """

    number: int


@value
class PartOpened:
    """A stretch of text or reasoning begins. One is open at a time.

    Attributes:
        kind: what it holds.
        id: the otid of its run.
    """

    kind: PartKind
    id: str


@value
class PartGrew:
    """A piece of the open part.

    Attributes:
        kind: what the part holds.
        id: which part.
        delta: the piece, never empty.
    """

    kind: PartKind
    id: str
    delta: str


@value
class PartClosed:
    """Nothing more comes for a part.

    Attributes:
        kind: what it holds.
        id: which part.
        signature: the provider's signature over the reasoning, where it sent one.
    """

    kind: PartKind
    id: str
    signature: str | None = None


@value
class CallOpened:
    """A call of a tool that the caller runs begins. Several may be open at a time.

    Attributes:
        id: the call's id for the client: the provider's, unless an earlier step of the turn had the same.
        name: the tool's name; "unknown" where the provider never sent it.
        parent: the id of the last text part of the step, where there is one.
    """

    id: str
    name: str
    parent: str | None = None


@value
class CallGrew:
    """A piece of a call's arguments.

    Attributes:
        id: which call.
        delta: the piece as it came; empty where only the JSON grew.
        json: the same, as a piece of a JSON text: a custom tool's raw text is a JSON string there. Empty while only
            spaces have come.
    """

    id: str
    delta: str
    json: str


@value
class CallReady:
    """A call is over and there is no doubt about it.

    Attributes:
        id: which call.
        name: the tool's name.
        input: the arguments: an object, or a custom tool's text.
        needs_approval: whether it has to be approved before it runs.
    """

    id: str
    name: str
    input: Json
    needs_approval: bool = False


@value
class CallRefused:
    """A call is over and must not be run.

    Attributes:
        id: which call.
        name: the tool's name.
        arguments: what came of its arguments.
        reason: why, in a sentence.
    """

    id: str
    name: str
    arguments: str
    reason: str


@value
class CallReturned:
    """What the caller's tool gave.

    Attributes:
        id: which call.
        output: what the model is told too.
        status: whether it ran, failed, or was not allowed to run.
    """

    id: str
    output: Json
    status: Literal["success", "error", "denied"] = "success"


@value
class ServerToolOpened:
    """A tool that the provider runs begins.

    Attributes:
        id: the item's id; derived from the otid where the provider sent none.
        tool: the kind of item, as the wire names it.
    """

    id: str
    tool: str


@value
class ServerToolProgress:
    """How far a tool of the provider's is.

    Attributes:
        id: which one.
        tool: the kind of item.
        status: as the wire names it; None of a piece.
        delta: a piece of what the tool is given or gives; None of a status.
    """

    id: str
    tool: str
    status: str | None
    delta: Json


@value
class ServerToolOver:
    """A tool of the provider's is over.

    Attributes:
        id: which one.
        tool: the kind of item.
        item: the item as it came last; None where none came.
        error: why it failed, where it did.
    """

    id: str
    tool: str
    item: Json
    error: str | None = None


@value
class Cited:
    """A citation, or another note on the text.

    Attributes:
        id: the run's otid and a number.
        annotation: the note, as the provider sent it.
    """

    id: str
    annotation: Json


@value
class TurnOver:
    """The turn is over, and nothing of it is open. It is the last act.

    Attributes:
        reason: why: "stop"; "length"; "content filter"; "tool calls", which the client has to run; "approval", which
            calls wait for; "max steps", where the model would have been asked again, but for a limit of the server's;
            "cancelled"; "error"; "other", where the provider's word is in no list.
        error: what went wrong, of an error; None of a stream that just ended.
        calls: the ids of the calls that wait to be run, or for approval.
        approvals: those of them that wait for approval.
        usage: the tokens of the turn.
        model: the model that answered last.
    """

    reason: Reason
    error: StreamError | None = None
    calls: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    usage: Usage = UNKNOWN
    model: str | None = None


Act: TypeAlias = (
    StepBegun
    | StepOver
    | PartOpened
    | PartGrew
    | PartClosed
    | CallOpened
    | CallGrew
    | CallReady
    | CallRefused
    | CallReturned
    | ServerToolOpened
    | ServerToolProgress
    | ServerToolOver
    | Cited
    | TurnOver
)
"""Everything that a turn comes to."""
