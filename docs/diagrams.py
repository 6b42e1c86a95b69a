"""Diagrams of the manual, drawn from the code as Mermaid text; `docs/tables.py` puts them into their pages.

What happens is found by making it happen: the scanner and the fold are stepped over small alphabets, and each change of
phase that occurs is an arrow.
"""

import ast
import inspect
from collections import Counter

from rooms import ROOMS, ROOT
from streamfold.adapters.wire import decoder
from streamfold.reducer import Cancelled, Ended, chat
from streamfold.reducer.completions.state import rested
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.json_scan import PHASES


def _mermaid(kind: str, lines: list[str]) -> str:
    return "\n".join(["```mermaid", kind, *(f"    {line}" for line in lines), "```"])


def functions() -> str:
    """The functions that take Responses events: how many types each takes, and whether they can become messages."""
    taken = Counter(rule.act.__name__ for rule in RULES.values())
    emits = {rule.act.__name__: rule.emits for rule in RULES.values()}
    lines = [f"event[{len(RULES)} types of events]", "message[a message, if need be]", "state[the state at most]"]
    for act, count in taken.most_common():
        lines.append(f'event -- {count} --> {act}(["{act}"]) --> {"message" if emits[act] else "state"}')
    return _mermaid("flowchart LR", lines)


def scan_arrows() -> set[tuple[str, str]]:
    """Each change of the scanner's phase that occurs, stepping over characters that matter from every state."""
    arrows: set[tuple[str, str]] = set()
    waiting, seen = [json_scan.start(("k",))], set[object]()
    while waiting:
        scan = waiting.pop()
        for text in '{}[]",:\\k 1':
            here, at = scan, 0
            while at < len(text):
                there, at = PHASES[here.phase](here, text, at, [])
                if there.phase != here.phase:
                    arrows.add((here.phase, there.phase))
                here = there
            key = (here.phase, here.key, here.escape, here.depth, here.quoted, here.slashed)
            if key not in seen and here.depth < 2:
                seen.add(key)
                waiting.append(here)
    return arrows


def close_arrows() -> set[tuple[str, str]]:
    """Each change of phase that the end of the text brings about."""
    scans = [json_scan.feed(json_scan.start(("k",)), text)[0] for text in ("", "{", '{"k', '{"k"', '{"k":', '{"k":"')]
    scans += [json_scan.feed(json_scan.start(("k",)), text)[0] for text in ('{"k":""', '{"k":"",', '{"a', "{}", "x")]
    arrows = {(scan.phase, json_scan.close(scan)[0].phase) for scan in scans}
    return {(here, there) for here, there in arrows if here != there}


def written_phases(function: str) -> set[str]:
    """The phases that a function of the scanner's source gives a scan, itself or by the functions that it calls."""
    module = ast.parse(inspect.getsource(json_scan))
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    waiting, seen = [function], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in functions or name in seen:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                waiting.append(node.func.id)
            if isinstance(node, ast.keyword) and node.arg == "phase":
                found |= {part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return found & set(PHASES)


def phases() -> str:
    """The scanner's phases."""
    order = list(PHASES)
    lines = ["[*] --> start"]
    for arrows, label in ((scan_arrows(), ""), (close_arrows(), ": close")):
        for here, there in sorted(arrows, key=lambda arrow: (order.index(arrow[0]), order.index(arrow[1]))):
            lines.append(f"{here} --> {there}{label}")
    return _mermaid("stateDiagram-v2", lines)


def _call_delta(**members: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, **members}]}}]}


_EVENTS: dict[str, object] = {
    "id and name": _call_delta(id="c", function={"name": "n"}),
    "id": _call_delta(id="c"),
    "name": _call_delta(function={"name": "n"}),
    "arguments": _call_delta(function={"arguments": "{"}),
    "rest of the arguments": _call_delta(function={"arguments": "}"}),
    "finish_reason tool_calls": {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    "finish_reason length": {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
}


_STANDINGS = {
    "unseen": "unseen",
    "held": "held",
    "held_closed": "held, closed",
    "held_parsed": "held, closed, arguments parse",
    "emitted": "emitted",
    "emitted_closed": "emitted, closed",
    "complete": "emitted, complete",
}


def _standing(state: chat.State) -> str:
    calls = list(rested(state).lanes)
    if not calls:
        return "unseen"
    call = chat.result(state).tool_calls[0]
    if calls[0].opened:
        return "complete" if call.complete else "emitted_closed" if call.closed else "emitted"
    return "held_parsed" if call.complete else "held_closed" if call.closed else "held"


def call_arrows() -> dict[tuple[str, str], set[str]]:
    """Each change of a chat tool call's standing that occurs, and what brings it about.

    In every stream of up to five events in which no delta follows a finish reason.
    """
    decode = decoder("chat")
    chunks = {name: decode(value) for name, value in _EVENTS.items()}
    arrows: dict[tuple[str, str], set[str]] = {}
    states = {chat.start(chat.Config(message_id="message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80"))[0]}
    for _ in range(5):
        following: set[chat.State] = set()
        for state in states:
            nexts = {name: chat.step(state, chunk)[0] for name, chunk in chunks.items()}
            ends = {f"finish({end!r})": chat.finish(state, end)[0] for end in (Ended(), Cancelled())}
            for name, there in {**nexts, **ends}.items():
                if _standing(there) != _standing(state):
                    arrows.setdefault((_standing(state), _standing(there)), set()).add(name)
            following |= {there for name, there in nexts.items() if not name.startswith("finish_reason")}
            finished = {there for name, there in nexts.items() if name.startswith("finish_reason")}
            for there in finished:
                for end in (Ended(), Cancelled()):
                    last = chat.finish(there, end)[0]
                    if _standing(last) != _standing(there):
                        arrows.setdefault((_standing(there), _standing(last)), set()).add(f"finish({end!r})")
        states = following
    return arrows


def call_life() -> str:
    """A tool call's life, over Chat Completions."""
    names = [*_EVENTS, "finish(Ended())", "finish(Cancelled())"]
    arrows = call_arrows()
    met = {standing for arrow in arrows for standing in arrow}
    lines = [f'state "{words}" as {standing}' for standing, words in _STANDINGS.items() if standing in met]
    lines.append("[*] --> unseen")
    order = list(_STANDINGS)
    for (here, there), reasons in sorted(arrows.items(), key=lambda arrow: [order.index(one) for one in arrow[0]]):
        lines.append(f"{here} --> {there}: {', '.join(sorted(reasons, key=names.index))}")
    return _mermaid("stateDiagram-v2", lines)


def room_imports() -> dict[str, set[str]]:
    """The other rooms of adapters that each room's modules import, by the source."""
    found: dict[str, set[str]] = {}
    for room in ROOMS:
        found[room] = set()
        for path in sorted((ROOT / "adapters" / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and (room == "streamfold" or node.level == 2):
                    parts = (node.module or "").split(".")
                    names = [parts[1]] if parts[:1] == ["adapters"] and parts[1:] else [parts[0]]
                    found[room] |= set(names if names != [""] else [alias.name for alias in node.names])
        found[room] &= set(ROOMS) - {room}
    return found


def rooms() -> str:
    """Which room imports which, as a drawing and as a table."""
    found = room_imports()
    drawn = [f"{room} --> {name}" for room in ROOMS for name in ROOMS if name in found[room]]
    lines = ["| room | imports, beside the reducer and the modules that stand alone |", "| --- | --- |"]
    for room, imported in found.items():
        lines.append(f"| `{room}` | {', '.join(f'`{name}`' for name in ROOMS if name in imported) or '–'} |")
    alone = [room for room in ROOMS if not found[room] and not any(room in others for others in found.values())]
    return _mermaid("flowchart TD", [*alone, *drawn]) + "\n\n" + "\n".join(lines)
