"""Why the legacy interface answers otherwise than `inner_thoughts` does.

How it takes thoughts out of arguments is modelled in `legacy_thoughts`; the reasons here part that model into what each
of its defects does to our answer.
"""

import json
import re
from collections.abc import Iterator

from attrs import evolve
from differential import legacy_thoughts
from differential.legacy_answers import CALLS, Answer, Case, Reason, Run, renumbered
from differential.legacy_thoughts import ANSWER, THOUGHTS, Told, split
from support.law_checks import MESSAGE_ID

_TOKEN = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<space>\s+)|.')


def arguments_of(answer: Answer) -> str:
    """The call's arguments as they came."""
    return "".join(arguments for _, _, arguments in answer.tool_calls)


def tells(case: Case) -> list[Told]:
    """What the model of the legacy interface tells of a case."""
    calls = [(delta.get("tool_calls") or [{}])[0].get("function") or {} for delta in case.deltas]
    fragments = [(call.get("name") or "", call.get("arguments") or "") for call in calls]
    speaks = bool(case.config.get("use_assistant_message")) and "".join(name for name, _ in fragments) == "send_message"
    return list(legacy_thoughts.told(fragments, case.config.get("put_inner_thoughts_in_kwarg", True), speaks))


def raw_members(arguments: str) -> Iterator[tuple[str, str, str]]:
    """The top-level members whose values are strings: key, white space before the value, and the string undecoded."""
    depth, key, space = 0, "", ""
    tokens = list(_TOKEN.finditer(arguments))
    for at, token in enumerate(tokens):
        text = token.group()
        depth += (text in "{[") - (text in "}]")
        space = text if token["space"] else "" if text == ":" else space
        if depth == 1 and token["string"]:
            rest = "".join(later.group() for later in tokens[at + 1 : at + 3]).lstrip()
            if rest.startswith(":"):
                key = json.loads(text)
            else:
                yield key, space, text[1:-1]


def with_texts(answer: Answer, texts: dict[str, str]) -> Answer:
    """The answer with other texts in its runs, by kind; of runs of one kind the last gets the text."""
    texts = {kind: text for kind, text in texts.items() if answer.text_of(kind) != text}
    runs: list[Run] = []
    for run in reversed(answer.runs):
        if run.kind in texts:
            run = evolve(run, text=texts[run.kind])
            texts = texts | {run.kind: ""}
        runs.insert(0, run)
    return evolve(answer, runs=tuple(runs))


def keeps_escapes(case: Case, answer: Answer) -> Answer:
    strings = {key: raw for key, _, raw in raw_members(arguments_of(answer))}
    raw = strings.get(THOUGHTS, "")
    texts = {"reasoning_message": raw, "assistant_message": strings.get(ANSWER, "")}
    content = [part | {"text": raw} if part["type"] == "text" else part for part in answer.content]
    return evolve(with_texts(answer, texts), content=content)


def says_the_name_alone(case: Case, answer: Answer) -> Answer:
    kinds = [run.kind for run in answer.runs if run.kind != "hidden_reasoning_message"]
    if kinds[1:2] != ["reasoning_message"]:
        return answer
    *before, call, thoughts, more = answer.runs
    late = evolve(more, text=call.text + more.text)
    return evolve(answer, runs=renumbered([*before, evolve(call, text=""), thoughts, late]))


def loses_space(case: Case, answer: Answer) -> Answer:
    spaces = {key: space for key, space, _ in raw_members(arguments_of(answer))}
    texts = {"reasoning_message": spaces.get(THOUGHTS, "") + answer.text_of("reasoning_message")}
    texts |= {kind: squeezed(answer.text_of(kind)) for kind in CALLS}
    return with_texts(answer, texts)


def squeezed(arguments: str) -> str:
    """JSON text without the white space that does not follow a colon."""
    said = ""
    for token in _TOKEN.finditer(arguments):
        if not token["space"] or said.endswith(":"):
            said += token.group()
    return said


def breaks_what_follows_a_value(case: Case, answer: Answer) -> Answer:
    rest, thoughts = split(arguments_of(answer))
    if squeezed(answer.text_of(*CALLS)) != rest and answer.text_of(*CALLS):
        answer = with_texts(answer, dict.fromkeys(CALLS, rest))
    if thoughts:
        return answer
    runs = [run for run in answer.runs if run.kind != "reasoning_message"]
    content = [part | {"text": ""} if part["type"] == "text" else part for part in answer.content]
    return evolve(answer, runs=renumbered(runs), content=content)


def holds_the_end_back(case: Case, answer: Answer) -> Answer:
    said = tells(case)
    kinds = {kind for kind, _ in said}
    count = sum(len(text) for kind, text in said if kind == "arguments")
    runs = []
    for run in answer.runs:
        if run.kind in CALLS:
            if "name" not in kinds:
                continue
            run = evolve(run, text=run.text[:count])
            count -= len(run.text)
            if not run.name and not run.text:
                continue
        runs.append(run)
    return evolve(answer, runs=renumbered(runs))


def guesses_the_answer(case: Case, answer: Answer) -> Answer:
    said = legacy_thoughts.answer([text for kind, text in tells(case) if kind == "answer"])
    runs = [
        evolve(run, text=said) if run.kind == "assistant_message" else run
        for run in answer.runs
        if said or run.kind != "assistant_message"
    ]
    return evolve(answer, runs=renumbered(runs))


def forgets_the_approval(case: Case, answer: Answer) -> Answer:
    runs: list[Run] = []
    for run in answer.runs:
        if run.kind == "approval_request_message" and run.text:
            runs.append(evolve(run, text=""))
            run = evolve(run, kind="tool_call_message", id=MESSAGE_ID, name="")
        runs.append(run)
    return evolve(answer, runs=renumbered(runs))


def strips_the_thoughts(case: Case, answer: Answer) -> Answer:
    content = [part | {"text": part["text"].strip()} if "text" in part else part for part in answer.content]
    return evolve(answer, content=content)


def has_one_part_at_most_and_at_least(case: Case, answer: Answer) -> Answer:
    return evolve(answer, content=answer.content[:1] or [{"type": "text", "text": ""}])


INNER = ("inner_thoughts",)
REASONS = (
    Reason(INNER, "leaves JSON's escapes in the thoughts and in the assistant's text", keeps_escapes),
    Reason(
        INNER,
        "sends a call's name alone and the arguments after the thoughts, also without waiting",
        says_the_name_alone,
    ),
    Reason(INNER, "takes white space before the thoughts for thoughts, and loses it between members", loses_space),
    Reason(INNER, "breaks what follows a value that is no string, or is inside one", breaks_what_follows_a_value),
    Reason(INNER, "sends arguments a chunk late, and never those of the last", holds_the_end_back),
    Reason(
        INNER,
        "guesses at the assistant's text: loses it where the key is cut, and blanks where a chunk ends",
        guesses_the_answer,
    ),
    Reason(INNER, "forgets that a call needs approval once its name is out", forgets_the_approval),
    Reason(INNER, "strips the thoughts in the content", strips_the_thoughts),
    Reason(
        INNER,
        "has exactly one part of content: none for thoughts beside omitted reasoning, an empty one for none",
        has_one_part_at_most_and_at_least,
    ),
)
