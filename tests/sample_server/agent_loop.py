"""The loop of an agent: ask the model, run the tools that it calls, and ask again, until a person has to decide."""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import anyio
import openai
from attrs import define, field, frozen
from streamfold import Result, ToolCall, chat, responses
from streamfold.adapters import history
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.runs import AgentTurn

Tool = Callable[..., Awaitable[str]]
Wire = Literal["chat", "responses"]
Status = Literal["success", "error", "denied"]
MOST_STEPS = 20
STOPPED = "The turn was stopped before this tool had run."
UNDECIDED = "The user went on without deciding."


@frozen
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

    async def output(self, call: ToolCall) -> tuple[str, Status]:
        """What a call gives; a failure is an output too, for the model to read."""
        try:
            return await self.run[call.name](**json.loads(call.arguments)), "success"
        except Exception as error:
            return f"The tool failed: {error!r}", "error"


@define
class Conversation:
    """What a user and an agent say to each other; its turns come one after the other.

    Attributes:
        input: the next request's messages, or items, so far.
        waiting: the calls that wait for a person.
    """

    client: openai.AsyncOpenAI
    model: str
    tools: Tools
    wire: Wire
    input: list[Any] = field(factory=list[Any])
    waiting: tuple[ToolCall, ...] = ()

    async def turn(
        self, run: AgentTurn, said: str | None, decisions: Mapping[str, str | None]
    ) -> Literal["max_steps"] | None:
        """One turn: until no call is left, a person has to decide, the run is cancelled, or a request fails.

        Args:
            run: is told everything.
            said: what the user says.
            decisions: what the user decided of the calls that wait: None to allow one, or why not.

        Returns:
            "max_steps" if it would have gone on, but has asked often enough.
        """
        waiting, self.waiting = self.waiting, ()
        try:
            await self._answer(run, waiting, {call.id: decisions.get(call.id, UNDECIDED) for call in waiting})
        finally:  # what the user said is in the history, also where the turn is stopped here
            if said is not None:
                self.input.append({"role": "user", "content": said})
        for step in range(1, MOST_STEPS + 1):
            result = await self._ask(run, f"step-{step}")
            calls = self._remember(result, result.outcome == "completed" and not run.is_cancelled)
            self.waiting = tuple(call for call in calls if call.needs_approval)
            await self._answer(run, [call for call in calls if not call.needs_approval], {})
            if not calls or self.waiting:
                return None
        return "max_steps"

    async def _ask(self, run: AgentTurn, step_id: str) -> Result:
        """One request, whose messages are said as they come."""
        machine: Any = chat if self.wire == "chat" else responses
        config = machine.Config(
            message_id=f"message-{uuid.uuid4()}",
            run_id=run.run_id,
            step_id=step_id,
            model=self.model,
            requires_approval_tools=self.tools.approved,
        )
        return await run.call(machine, config, self._open)

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

    async def _answer(self, run: AgentTurn, calls: Sequence[ToolCall], decisions: Mapping[str, str | None]) -> None:
        """Say what calls give, side by side, and put it into the next request, also where the turn is stopped."""
        outputs: dict[str, str] = {}

        async def answer(call: ToolCall) -> None:
            refusal = decisions.get(call.id)
            output, status = await self.tools.output(call) if refusal is None else (history.denial(refusal), "denied")
            outputs[call.id] = output
            await run.say(ToolReturn(call.id, output, status))

        try:
            async with anyio.create_task_group() as group:
                for call in calls:
                    group.start_soon(answer, call)
        finally:
            made = history.tool_message if self.wire == "chat" else history.tool_output_item
            self.input += [made(call, outputs.get(call.id, STOPPED)) for call in calls]
            for call in calls:
                if call.id not in outputs:
                    await run.say(ToolReturn(call.id, STOPPED, "error"))
