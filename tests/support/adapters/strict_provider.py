"""A provider that refuses what the real ones refuse in the history of a request, each rule by whose it is.

It knows what it sent: which signatures, which ids, which reasoning led to which item. `check_messages` is for Chat
Completions, `check_input` for the Responses API; both raise `Refused` with words like the providers' own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

JsonObject = Mapping[str, Any]
SEALED = ("signature", "encrypted", "opaque")
ANSWERS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
OF_MESSAGE = frozenset({"role", "content", "refusal", "audio", "tool_calls", "name"})
REASONING = frozenset({"reasoning_content", "reasoning", "reasoning_text", "reasoning_details", "reasoning_opaque"})
OF_GATEWAYS = frozenset({"thinking_blocks", "extra_content", "provider_specific_fields"})


class Refused(Exception):
    """A request that the provider answers with a status of 400."""


def refuse_if(wrong: object, words: str) -> None:
    if wrong:
        raise Refused(words)


@define
class StrictProvider:
    """What a provider sent, and what it wants.

    Attributes:
        sealed: every signature and encrypted value that it sent; None: any is taken.
        thinking: each thinking block's text, by its signature.
        followers: the id of the item that came after each item of reasoning, by that one's id.
        calls: name and arguments of each call that it sent, by the call's id; None: any is taken.
        keeps: whether it keeps items (`store`); if not, it refuses reasoning that has only an id.
        knows_no_ids: whether it refuses ids altogether (ChatGPT's backend).
        accepts: which members of reasoning it takes in a request.
        wants: which one it wants with each message that calls tools (DeepSeek, Moonshot).
        wants_signature: whether the first call of each message needs a signature (Gemini 3).
    """

    sealed: set[str] | None = None
    thinking: dict[str, str] = field(factory=dict)
    followers: dict[str, str] = field(factory=dict)
    calls: dict[str, tuple[str, str]] | None = None
    keeps: bool = True
    knows_no_ids: bool = False
    accepts: frozenset[str] = REASONING
    wants: str = ""
    wants_signature: bool = False

    # Chat Completions

    def check_messages(self, messages: Sequence[JsonObject]) -> None:
        """Refuse what is wrong with the messages of a request.

        Raises:
            Refused: if anything is.
        """
        open_calls: dict[str, str] = {}
        for at, message in enumerate(messages):
            role = message.get("role")
            if role == "tool":
                call_id = message.get("tool_call_id")
                refuse_if(call_id not in open_calls, f"messages[{at}]: no call {call_id!r} waits for an answer")
                refuse_if(not isinstance(message.get("content"), (str, list)), f"messages[{at}]: no output")
                del open_calls[str(call_id)]
                continue
            refuse_if(open_calls, f"messages[{at}]: no tool output for {sorted(open_calls)}")
            if role == "assistant":
                open_calls = self._check_assistant(at, message)
            else:
                refuse_if(role not in ("system", "developer", "user"), f"messages[{at}]: role {role!r}")
                refuse_if(not message.get("content"), f"messages[{at}]: content is empty")
        refuse_if(open_calls, f"no tool output for {sorted(open_calls)}")

    def _check_assistant(self, at: int, message: JsonObject) -> dict[str, str]:
        unknown = message.keys() - OF_MESSAGE - OF_GATEWAYS - self.accepts
        refuse_if(unknown, f"messages[{at}]: property {sorted(unknown)} is unsupported")
        content, calls = message.get("content"), message.get("tool_calls")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        for part in parts:
            blank = part.get("type") == "text" and not part["text"].strip()
            refuse_if(blank, f"messages[{at}]: text content blocks must contain text")
        refuse_if(calls is not None and not calls, f"messages[{at}]: tool_calls is too short")
        said = any(part["type"] != "thinking" for part in parts) or message.get("refusal") or message.get("audio")
        refuse_if(not (said or calls), f"messages[{at}]: must have either content or tool_calls")
        refuse_if(calls and self.wants and self.wants not in message, f"messages[{at}]: {self.wants} is missing")
        for name in REASONING & message.keys():
            refuse_if(not message[name], f"messages[{at}]: {name} is empty")
        for block in message.get("thinking_blocks", ()):
            signed = block.get("signature") or block.get("data")
            refuse_if(not signed, f"messages[{at}]: thinking.signature: field required")
            text = self.thinking.get(block.get("signature", ""), block.get("thinking"))
            refuse_if(text != block.get("thinking"), f"messages[{at}]: thinking blocks cannot be modified")
        self._check_sealed(message)
        if calls and self.wants_signature:
            refuse_if(not [*sealed_in(calls[0])], f"messages[{at}]: function call is missing a thought_signature")
        ids = [call.get("id") for call in calls or ()]
        refuse_if(len({*ids}) < len(ids) or not all(ids), f"messages[{at}]: duplicate or empty tool call ids {ids}")
        for call in calls or ():
            custom = call.get("type") == "custom"
            inner = call["custom"] if custom else call["function"]
            self._check_call(call["id"], inner["name"], inner["input" if custom else "arguments"], custom)
        return {call["id"]: "" for call in calls or ()}

    # Responses

    def check_input(self, items: Sequence[JsonObject]) -> None:
        """Refuse what is wrong with the items of a request's input.

        Raises:
            Refused: if anything is.
        """
        ids = [item["id"] for item in items if item.get("id")]
        refuse_if(len({*ids}) < len(ids), f"duplicate item found with id among {ids}")
        refuse_if(self.knows_no_ids and ids, f"items with ids {ids} not found")
        for name in ids:
            refuse_if(len(name) > 64, f"id: string too long, {len(name)}")
        reasons = [item.get("type") == "reasoning" for item in items]
        led: list[JsonObject] = []
        open_calls: dict[str, str] = {}
        requests = {item["id"] for item in items if item.get("type") == "mcp_approval_request"}
        decided: set[str] = set()
        for at, item in enumerate(items):
            kind = item.get("type", "message")
            if kind == "reasoning":
                led = led if at and reasons[at - 1] else []
                led.append(item)
                self._check_reasoning(at, items)
            elif item.get("id"):
                wanted = [one for one, follower in self.followers.items() if follower == item["id"]]
                missing = [one for one in wanted if one not in ids]
                refuse_if(missing, f"input[{at}]: was provided without its required 'reasoning' item {missing}")
            if kind == "message":
                self._check_message(at, item)
            elif kind in ANSWERS:
                call_id = item["call_id"]
                refuse_if(not call_id or call_id in open_calls, f"input[{at}]: duplicate or empty call_id {call_id!r}")
                custom = kind == "custom_tool_call"
                self._check_call(call_id, item["name"], item["input" if custom else "arguments"], custom)
                open_calls[call_id] = ANSWERS[kind]
            elif kind in ANSWERS.values():
                wants = open_calls.pop(item["call_id"], None)
                refuse_if(wants != kind, f"input[{at}]: no tool call found for {item['call_id']!r}")
            elif kind == "mcp_approval_response":
                request = item["approval_request_id"]
                refuse_if(request not in requests or request in decided, f"input[{at}]: no request {request!r}")
                decided.add(request)
            self._check_sealed(item)
        refuse_if(open_calls, f"no tool output found for {sorted(open_calls)}")

    def _check_reasoning(self, at: int, items: Sequence[JsonObject]) -> None:
        item = items[at]
        refuse_if("summary" not in item, f"input[{at}]: missing required field summary")
        follower = items[at + 1] if at + 1 < len(items) else {}
        by_user = follower.get("role", "assistant") != "assistant" or follower.get("type", "").endswith("_output")
        expected = self.followers.get(item.get("id", ""))
        wrong = not follower or by_user or (expected and expected != follower.get("id", expected))
        refuse_if(wrong, f"input[{at}]: 'reasoning' was provided without its required following item")
        told = item.get("encrypted_content") or item.get("content")
        refuse_if(not told and not (self.keeps and item.get("id")), f"input[{at}]: item not found, nothing is stored")

    def _check_message(self, at: int, item: JsonObject) -> None:
        content = item.get("content")
        parts = content if isinstance(content, list) else [{"text": content}]
        texts = [part.get("text") or part.get("refusal") for part in parts]
        refuse_if(not texts or not all(texts), f"input[{at}]: content is empty")

    # Both

    def _check_call(self, call_id: str, name: str, arguments: str, custom: bool) -> None:
        refuse_if(not name, f"call {call_id}: name is empty")
        sent = (name, arguments) if self.calls is None else self.calls.get(call_id)
        refuse_if(sent != (name, arguments), f"call {call_id} is not one that was made")
        if not custom:
            try:
                refuse_if(not isinstance(json.loads(arguments), dict), f"call {call_id}: arguments are no object")
            except ValueError:
                raise Refused(f"call {call_id}: arguments are not JSON") from None

    def _check_sealed(self, item: JsonObject) -> None:
        for value in sealed_in(item):
            refuse_if(not isinstance(value, str), f"a sealed value is {type(value).__name__}")
            refuse_if(self.sealed is not None and value not in self.sealed, f"{value[:20]!r} could not be verified")


def sealed_in(value: Any, name: str = "") -> Iterator[Any]:
    """Everything under names of sealed members, however deep; of a list of them each entry."""
    if isinstance(value, Mapping):
        for inner, member in value.items():
            yield from sealed_in(member, inner)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from sealed_in(entry, name)
    elif any(part in name.lower() for part in SEALED) and value is not None:
        yield value


def sealed_of(frames: Iterable[Any]) -> set[str]:
    """What of these frames' JSON is sealed, as a provider that sent them knows it."""
    return {value for frame in frames for value in sealed_in(frame) if isinstance(value, str)}
