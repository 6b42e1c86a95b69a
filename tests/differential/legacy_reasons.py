"""Why Letta's legacy interface answers otherwise than we do: each reason turns our answer into what it makes of it.

A reason that does not apply to a case gives the answer back as it is. So the table is complete when all of its reasons,
one after the other, turn each of our answers into the recorded one, to the letter.
"""

from collections.abc import Iterable

from attrs import evolve
from differential import legacy_inner
from differential.legacy_answers import COUNTS, RAISED, Answer, Case, Json, Reason, Run, renumbered
from streamfold.reducer import Failed

OWN_KINDS = ("refusal_message", "server_tool_message", "annotation_message")
OWN_PARTS = ("refusal", "server_tool")


def without(answer: Answer, kinds: Iterable[str], parts: Iterable[str]) -> Answer:
    """The answer without such messages and parts of content."""
    runs = [run for run in answer.runs if run.kind not in kinds]
    content = [part for part in answer.content if part["type"] not in parts]
    if len(runs) == len(answer.runs) and len(content) == len(answer.content):
        return answer
    return evolve(answer, runs=renumbered(runs), content=content)


# Chat Completions


def raises_at_a_list(case: Case, answer: Answer) -> Answer:
    lists = [at for at, delta in enumerate(case.deltas) if isinstance(delta.get("content"), list)]
    if not lists:
        return answer
    return evolve(case.answer(lists[0], Failed("content is a list")), model=answer.model, raised=True)


def only_reasoning_content(case: Case, answer: Answer) -> Answer:
    if any(delta.get("reasoning_content") for delta in case.deltas):
        return answer
    return without(answer, ["reasoning_message"], ["reasoning"])


def only_two_names(case: Case, answer: Answer) -> Answer:
    return answer if any(delta.get("reasoning") for delta in case.deltas) else only_reasoning_content(case, answer)


def no_signatures(case: Case, answer: Answer) -> Answer:
    content = [{name: value for name, value in part.items() if name != "signature"} for part in answer.content]
    return evolve(answer, content=content)


def no_errors(case: Case, answer: Answer) -> Answer:
    if answer.raised or not any(chunk.get("error") for chunk in case.chunks):
        return answer
    return without(answer, ["stop_reason"], [])


def no_usage_of_groq(case: Case, answer: Answer) -> Answer:
    if any(chunk.get("usage") for chunk in case.chunks):
        return answer
    return evolve(answer, usage=dict.fromkeys(COUNTS))


def no_other_cache_counts(case: Case, answer: Answer) -> Answer:
    usages = [chunk["usage"] for chunk in case.chunks if chunk.get("usage")]
    if any((usage.get("prompt_tokens_details") or {}).get("cached_tokens") is not None for usage in usages):
        return answer
    return evolve(answer, usage=answer.usage | {"cached_tokens": None})


# Responses


def no_raw_reasoning(case: Case, answer: Answer) -> Answer:
    if not case.events("reasoning_text.delta") or case.events("reasoning_summary_text.delta"):
        return answer
    return without(answer, ["reasoning_message"], ["reasoning"])


def raises_without_encrypted_content(case: Case, answer: Answer) -> Answer:
    terminal: list[Json] = [item for event in case.events("completed") for item in event["response"]["output"]]
    if all(item.get("encrypted_content") for item in terminal if item["type"] == "reasoning"):
        return answer
    return evolve(answer, content=RAISED)


def announces_each_part(case: Case, answer: Answer) -> Answer:
    parts = [(event["output_index"], event["summary_index"]) for event in case.events("reasoning_summary_part.added")]
    wholes = {
        (event["output_index"], event["summary_index"]): event["text"]
        for event in case.events("reasoning_summary_text.done")
    }
    runs: list[Run] = []
    for run in answer.runs:
        left = run.text if run.kind == "reasoning_message" and parts else ""
        if not left:
            runs.append(run)
        while left:
            part = parts.pop(0)
            ours = ("\n\n" if part[1] else "") + wholes[part]
            assert left.startswith(ours)
            left = left.removeprefix(ours)
            runs.append(evolve(run, step_id="", text="\n\n" if part[1] > 1 else ""))
            runs.append(evolve(run, text=wholes[part]))
    return evolve(answer, runs=renumbered(runs)) if len(runs) > len(answer.runs) else answer


# All


def no_own_kinds(case: Case, answer: Answer) -> Answer:
    return without(answer, OWN_KINDS, OWN_PARTS)


def zero_for_unknown(case: Case, answer: Answer) -> Answer:
    counts: dict[str, int | None] = {name: answer.usage[name] or 0 for name in ("input_tokens", "output_tokens")}
    return evolve(answer, usage=answer.usage | counts)


def empty_provider_id(case: Case, answer: Answer) -> Answer:
    return evolve(answer, provider_id=answer.provider_id or "")


CHAT, RESPONSES = ("chat",), ("responses",)
OLDEST, NEWEST = ("0.16.4",), ("0.16.8",)
REASONS = (
    Reason(CHAT, "raises when content is a list of parts, and has nothing more to say", raises_at_a_list),
    Reason(
        CHAT,
        "reads reasoning under one name, `reasoning_content`, and drops it under others",
        only_reasoning_content,
        OLDEST,
    ),
    Reason(CHAT, "reads reasoning under two names, `reasoning_content` and `reasoning`, alone", only_two_names, NEWEST),
    Reason(CHAT, "drops the signature of reasoning", no_signatures, NEWEST),
    Reason(CHAT, "does not see an error that the provider sends as a chunk", no_errors, OLDEST),
    Reason(CHAT, "does not see usage that Groq sends as `x_groq.usage`", no_usage_of_groq),
    Reason(CHAT, "reads the cached tokens only among OpenAI's details", no_other_cache_counts),
    Reason(CHAT, "reports an id that the provider left empty", empty_provider_id),
    Reason(RESPONSES, "drops reasoning that is no summary", no_raw_reasoning),
    Reason(
        RESPONSES,
        "raises on reasoning without encrypted content, when asked for the content",
        raises_without_encrypted_content,
    ),
    Reason(
        RESPONSES,
        "announces each part of a summary by an empty message without a step id, and sets off only the third and later",
        announces_each_part,
    ),
    Reason(
        (*CHAT, *RESPONSES), "drops refusals, citations, and the tools that the provider runs", no_own_kinds, OLDEST
    ),
    Reason(CHAT, "reports 0 where no usage was reported", zero_for_unknown),
    *legacy_inner.REASONS,
)


def explained(case: Case, ours: Answer, version: str, but: Reason | None = None) -> tuple[Answer, list[Reason]]:
    """What the reasons, but for one, make of our answer; and which of them touched it."""
    touched = []
    for reason in REASONS:
        if case.interface in reason.interfaces and version in reason.versions and reason is not but:
            before, ours = ours, reason.change(case, ours)
            if ours != before:
                touched.append(reason)
    return ours, touched
