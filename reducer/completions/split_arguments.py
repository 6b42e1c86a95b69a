"""A tool call whose reasoning comes inside its arguments: what has been emitted of it, and what waits."""

from ..values.frozen_value import value
from ..values.json_scan import Scan
from ..values.text import EMPTY, Text


@value
class SplitArguments:
    """The arguments of one call, on their way out.

    Attributes:
        scan: where in the arguments we are.
        assistant: whether the call is how the assistant answers, so that one member of its arguments is the answer.
        held: what is to be emitted after the thoughts, and once the call has its id.
        through: whether the thoughts are through, or cannot come any more.
    """

    scan: Scan
    assistant: bool = False
    held: Text = EMPTY
    through: bool = False
