"""The loop of an agent: ask the model, say what it says, run the tools that it calls, and ask again."""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import anyio
import openai
from attrs import define, field
from streamfold import Result, ToolCall, Usage, chat, drive, responses
from streamfold.adapters import history
from streamfold.adapters.driver import heartbeat
from streamfold.adapters.protocols import letta_turn
from streamfold.reducer.usage import UNKNOWN

Tool = Callable[..., Awaitable[str]]
Say = Callable[[Any], None]
Wire = Literal["chat", "responses"]
MOST_STEPS = 20


@define
class Tools:
    """What the model may call.

    Attributes:
        run: the tools, by name; each takes the arguments' members.
        schemas: the JSON Schema of each one's arguments, by name.
        approved: the names of those that a person has to allow.
    """

    run: Mapping[str, Tool]
    schemas: Mapping[str, Mapping[str, Any]]
    approved: frozenset[str] = frozenset()

    def described(self, wire: Wire) -> list[dict[str, Any]]:
        """The tools as a request has them."""
        functions = [{"name": name, "parameters": schema} for name, schema in self.schemas.items()]
        if wire == "chat":
            return [{"type": "function", "function": function} for function in functions]
        return [{"type": "function", **function} for function in functions]

    async def output(self, call: ToolCall) -> str:
        """What a call gives; a failure is an output too, for the model to read."""
        try:
            return await self.run[call.name](**json.loads(call.arguments))
        except Exception as error:
            return f"The tool failed: {error!r}"


@define
class Turn:
    """A turn of the agent: from what the user said to the answer that calls no tool.

    Attributes:
        say: is told every message, beat and tool return, in order.
        input: the request's messages, or items, so far.
        stop: set to stop.
        decisions: what a person decided, by call: None to allow it, or why not.
        usage: of all requests.
        result: of the last one.
        out_of_steps: whether it was over because it had asked often enough.
    """

    client: openai.AsyncOpenAI
    model: str
    wire: Wire
    tools: Tools
    say: Say
    run_id: str
    input: list[Any] = field(factory=list[Any])
    idle_timeout: float = 60.0
    beat: float = 15.0
    stop: anyio.Event = field(factory=anyio.Event)
    decisions: dict[str, str | None] = field(factory=dict[str, str | None])
    usage: Usage = UNKNOWN
    result: Result | None = None
    out_of_steps: bool = False
    _decided: anyio.Event = field(factory=anyio.Event)

    def decide(self, call_id: str, refusal: str | None) -> None:
        """A person allows a call, or says why not."""
        self.decisions[call_id] = refusal
        self._decided.set()

    async def work(self) -> Result:
        """Ask until no call is left, the turn is stopped or out of steps, or a request fails.

        Raises:
            Exception: what the client or its stream raises.
        """
        step = 0
        while True:
            step += 1
            self.result = result = await self.ask(f"step-{step}")
            self.usage = result.usage if step == 1 else self.usage + result.usage
            calls = self._remember(result, result.outcome == "completed" and not self.stop.is_set())
            if not calls:
                return result
            outputs = await self._outputs(calls)
            answer = history.tool_message if self.wire == "chat" else history.tool_output_item
            self.input += [answer(call, outputs[call.id]) for call in calls]
            if step == MOST_STEPS:
                self.out_of_steps = True
                return result

    async def ask(self, step_id: str) -> Result:
        """One request, whose messages are said as they come."""
        machine: Any = chat if self.wire == "chat" else responses
        config = machine.Config(
            message_id=f"message-{uuid.uuid4()}",
            run_id=self.run_id,
            step_id=step_id,
            model=self.model,
            requires_approval_tools=self.tools.approved,
        )
        stream = await self._open()
        async with drive(machine, config, stream, self.stop, self.idle_timeout) as run:
            async for message in heartbeat(run, self.beat):
                self.say(message)
        return run.result

    async def _open(self) -> Any:
        client: Any = self.client
        asked: Any = {"model": self.model, "tools": self.tools.described(self.wire), "stream": True}
        if self.wire == "chat":
            asked |= {"messages": self.input, "stream_options": {"include_usage": True}}
            return await client.chat.completions.create(**asked)
        asked |= {"input": self.input, "store": False, "include": ["reasoning.encrypted_content"]}
        return await client.responses.create(**asked)

    def _remember(self, result: Result, runs_calls: bool) -> tuple[ToolCall, ...]:
        """Put the model's turn into the next request; the calls in it that need an answer.

        Where the turn ends here, no call is run, and so none goes back: nothing would answer it.
        """
        chosen = None if runs_calls else ()
        if self.wire == "chat":
            turn = history.chat_message(result, calls=chosen)
            self.input += turn.messages
            return turn.calls
        items = history.input_items(result, store=False, calls=chosen)
        self.input += items.items
        return items.calls

    async def _outputs(self, calls: tuple[ToolCall, ...]) -> dict[str, str]:
        """What the calls give, side by side; each that needs it waits for its decision."""
        outputs: dict[str, str] = {}

        async def run(call: ToolCall) -> None:
            refusal = await self._decision(call) if call.needs_approval else None
            output = await self.tools.output(call) if refusal is None else history.denial(refusal)
            outputs[call.id] = output
            self.say(letta_turn_return(call, output, self.run_id))

        async with anyio.create_task_group() as group:
            for call in calls:
                group.start_soon(run, call)
        return outputs

    async def _decision(self, call: ToolCall) -> str | None:
        """Wait until a person has decided; a turn that is stopped meanwhile is a refusal."""
        while call.id not in self.decisions:
            if self.stop.is_set():
                return "The turn was stopped."
            with anyio.move_on_after(0.05):
                await self._decided.wait()
            self._decided = anyio.Event() if self._decided.is_set() else self._decided
        return self.decisions[call.id]


def letta_turn_return(call: ToolCall, output: str, run_id: str) -> Callable[[Any], dict[str, Any]]:
    """A tool's return, to be stamped by who sends it."""

    def made(date: Any) -> dict[str, Any]:
        return letta_turn.tool_return_message(
            call.id, output, date, message_id=f"message-{uuid.uuid4()}", run_id=run_id, name=call.name
        )

    return made
