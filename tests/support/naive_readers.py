"""Naive readers: what a stream says, read straight from its decoded JSON, with no regard for any quirk.

They share no code with the folds, so that agreement means something. On the recorded streams they agree with the
truths recorded beside them; on prefixes, where nothing is recorded, they are the truth.
"""

from typing import Any

import jiter

Said = dict[str, Any]


def completion(chunks: list[dict[str, Any]]) -> Said:
    """What the deltas of choice 0 say, joined by channel; calls by index."""
    said: Said = {"text": "", "reasoning": "", "refusal": ""}
    calls: dict[int, dict[str, str]] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            content = delta.get("content")
            for part in content if isinstance(content, list) else []:
                if part["type"] == "thinking":
                    said["reasoning"] += "".join(piece["text"] for piece in part["thinking"])
                else:
                    said["text"] += part["text"]
            said["text"] += content if isinstance(content, str) else ""
            details = "".join(d.get("text") or d.get("summary") or "" for d in delta.get("reasoning_details") or [])
            said["reasoning"] += delta.get("reasoning_content") or delta.get("reasoning") or details
            said["refusal"] += delta.get("refusal") or ""
            for entry in delta.get("tool_calls") or []:
                call = calls.setdefault(entry.get("index") or 0, {"id": "", "name": "", "arguments": ""})
                function = entry.get("function") or {}
                call["id"] = call["id"] or entry.get("id") or ""
                call["name"] = call["name"] or function.get("name") or ""
                call["arguments"] += function.get("arguments") or ""
    return said | {"calls": list(calls.values())}


def responses(events: list[dict[str, Any]]) -> Said:
    """What the deltas say, joined by channel; calls by output index."""
    said: Said = {"text": "", "reasoning": "", "refusal": ""}
    channels = {
        "response.output_text.delta": "text",
        "response.refusal.delta": "refusal",
        "response.reasoning_text.delta": "reasoning",
        "response.reasoning_summary_text.delta": "reasoning",
        "response.reasoning_summary.delta": "reasoning",
    }
    calls: dict[int, dict[str, str]] = {}
    for event in events:
        if event["type"] in channels:
            said[channels[event["type"]]] += event["delta"]
        elif event["type"] == "response.output_item.added" and event["item"]["type"] == "function_call":
            calls[event["output_index"]] = {
                "id": event["item"]["call_id"],
                "name": event["item"]["name"],
                "arguments": "",
            }
        elif event["type"] == "response.function_call_arguments.delta":
            calls[event["output_index"]]["arguments"] += event["delta"]
    return said | {"calls": list(calls.values())}


def string_member(text: str, key: str) -> str:
    """As much as is there of a string member of a JSON object that may be cut off; half an escape is not there yet."""
    if not text.strip():
        return ""
    value = jiter.from_json(text.encode(), partial_mode="trailing-strings")
    member = value.get(key, "") if isinstance(value, dict) else ""
    return member if isinstance(member, str) else ""
