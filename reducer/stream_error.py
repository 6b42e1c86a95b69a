"""What providers put into a stream when something goes wrong, read as a `StreamError`.

Nearly each provider has a shape and words of its own for it. What is read here is what they share: where the text
stands, and by which codes and words the kinds of failure are known that a caller reacts to in different ways.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from .ends import Failed
from .values.frozen_value import value
from .values.json_values import Json, as_list, as_object, as_text, freeze
from .values.lazy_pattern import lazy_pattern

Category: TypeAlias = Literal[
    "rate limit",
    "context overflow",
    "content filter",
    "authentication",
    "billing",
    "server",
    "bad request",
    "cancelled",
    "unknown",
]
"""What kind of failure it was, and so what may help.

"rate limit": ask again later. "context overflow": the input was too long; make it shorter. "content filter": the input
or the answer was filtered. "authentication": a wrong key, or no permission. "billing": no money or quota left.
"server": the provider's side failed, is overloaded, or went silent; ask again. "bad request": the request itself is
wrong. "cancelled": the provider says that the response was cancelled. "unknown": nothing says which.
"""

_OVERFLOWS = (
    "exceeds the context window",
    "This model's maximum context length is",
    "maximum context length",
    "context_length_exceeded",
    "Input tokens exceed the configured limit",
    "exceeds the maximum allowed input length",
)
_ALSO_OVERFLOWS = lazy_pattern(
    r"maximum context|context (length|window|size) (was |is )?exceeded|exceeds? (the |its )?(\w{1,20} )?context"
    r"|(prompt|input) is too long|input token count"
)
_PATTERNS: dict[Category, str] = {
    "content filter": r"content.?(filter|policy|management|moderation)|responsible ?ai|moderation|data ?inspection"
    r"|\b(sensitive|safety|recitation|flagged|prohibited content)\b",
    "billing": r"insufficient (quota|balance|credit|fund)|billing|payment|exceeded your (current|monthly) quota"
    r"|usage not included|(?<!request )(?<!token )quota exceeded|out of credits|more credits|credit balance|arrearage",
    "rate limit": r"rate ?limit|too many requests|resource exhausted|throttl|requests per|tokens per|slow down"
    r"|usage limit|(request|token) quota exceeded",
    "authentication": r"api ?key|unauthori[sz]ed|authenticat|permission|forbidden|access denied",
    "cancelled": r"cancell?ed|client closed|\babort(ed)?\b",
}
_LESS_SURE: dict[Category, str] = {  # beside a status, these words say little
    "server": r"overload|internal (server )?error|server ?error|server had an error|unavailable|bad gateway|no capacity"
    r"|at capacity|api ?error|time ?(d )?out|stalled|no bytes|network ?error|upstream|connect(ion|error)|read ?error"
    r"|protocol ?error|insufficient system resource|malformed function call",
    "bad request": r"invalid|bad ?request|unprocessable|not ?found|does not exist|not supported|unsupported|validation",
}
_WORDS = {category: lazy_pattern(pattern) for category, pattern in _PATTERNS.items()}
_WEAK_WORDS = {category: lazy_pattern(pattern) for category, pattern in _LESS_SURE.items()}
_CODES: dict[str, Category] = {
    **dict.fromkeys(("400", "404", "405", "413", "415", "422"), "bad request"),
    **dict.fromkeys(("401", "403"), "authentication"),
    "402": "billing",
    "429": "rate limit",
    "499": "cancelled",
    # MiniMax's, and GLM's from 1113 on
    **dict.fromkeys(("1026", "1027", "1301"), "content filter"),
    **dict.fromkeys(("1008", "1113"), "billing"),
    **dict.fromkeys(("1002", "1039", "1302"), "rate limit"),
    **dict.fromkeys(("1004", "2049"), "authentication"),
}
_STATUS = lazy_pattern(r"(?:error code|status(?: code)?|http)\W{0,3}([45]\d\d)\b")
_SEPARATORS = lazy_pattern(r"[_\-.\s]+")
_MOST = 4000  # characters of an error that are looked at for what kind it is
_DEEPEST = 4  # errors within errors

_TEXTS = ("message", "msg", "error_message", "error_msg", "status_msg", "error_description", "Message")
_CODED = ("code", "error_code", "status_code", "statusCode", "type", "error_type", "__type")
_STATUSES = ("status", "http_status", "http_code")
STATUSES = ("status", "status_code", "statusCode", "http_status", "http_code", "error_code", "code")
"""Members that may say beside an error of what kind it is."""
NO_CONTENT = "an error event without content"
"""What an adapter says of an error of which nothing but its name came: one with content, after it, is the error."""
ERROR_CODES = ("code", "error_code", "status_code", "statusCode", "status")
"""Members that say of an object that it is an error, where a text is beside them."""
_FINE_WORDS = ("success", "succeeded", "ok", "none", "null", "false", "complete", "completed", "done", "finished")
_FINE = frozenset({"", "0", "200", "20000", *_FINE_WORDS})


@value
class StreamError:
    """What went wrong.

    Attributes:
        message: for a person.
        code: the provider's code, as text, where it sent one; else the error's type.
        raw: the provider's error as it came; None where there is none: the failure was the driver's to report, or the
            provider ended its answer with a word that says that it failed, and nothing else.
        category: what kind of failure it was, as far as its code, type, HTTP status and words tell.
    """

    message: str
    code: str | None = None
    raw: Json = None
    category: Category = "unknown"


def read_error(error: Json, beside: Iterable[Json] = ()) -> StreamError:
    """An error as providers put it into a stream: text, an object with a message, objects and lists around that.

    Args:
        error: what came.
        beside: codes and statuses that stand beside it.
    """
    frozen = freeze(error)
    if frozen is None:  # a number that JSON lacks
        frozen = freeze({"error": None})
    chain, text = _inwards(frozen)
    message = _first(chain, _TEXTS) or text or str(frozen) or "an error without a text"
    code = _first(chain, _CODED)
    others = (_first(({"code": one},), ("code",)) for one in map(freeze, beside))
    more = [text, *(_first((members,), (name,)) for members in chain for name in (*_CODED, *_STATUSES)), *others]
    behind = as_text(as_object(chain[0].get("metadata")).get("raw")) if chain else ""  # OpenRouter: the provider's own
    return StreamError(message, code or None, frozen, category_of(" ".join((message, *more, behind)), more))


def has_text(error: Json) -> bool:
    """Whether an error says in words what went wrong, and not only by a code, or by nothing."""
    chain, text = _inwards(error)
    return bool(text or _first(chain, _TEXTS))


def failure_of(text: str, code: str | None = None) -> StreamError:
    """An error of which there is nothing but words: an exception's, or the word that a provider ended its answer by."""
    return StreamError(text, code, category=category_of(text))


def error_of(end: Failed) -> StreamError:
    """What a run failed by: the words of what was raised, and the provider's error where the end has one."""
    if end.raw is None:
        return failure_of(end.error)
    read = read_error(end.raw)
    text = end.error if read.message in end.error else f"{end.error}: {read.message}" if end.error else read.message
    category = category_of(text) if read.category == "unknown" else read.category
    return StreamError(text, read.code, read.raw, category)


def category_of(text: str, codes: Iterable[str] = ()) -> Category:
    """What kind of failure an error is.

    Args:
        text: its message, and whatever else may say so.
        codes: its codes and its HTTP status, as text.
    """
    if is_context_overflow(text):
        return "context overflow"
    words = _plainly(text)
    for category, pattern in _WORDS.items():
        if pattern.search(words):
            return category
    for code in (*codes, *_STATUS.findall(words)):
        if code in _CODES:
            return _CODES[code]
        if len(code) == 3 and code.startswith("5") and code.isdigit():
            return "server"
    return next((category for category, pattern in _WEAK_WORDS.items() if pattern.search(words)), "unknown")


def is_context_overflow(error: str) -> bool:
    """Whether an error's text says that the input was too long for the model.

    The caller will compact its input and ask again, so such a failure is not announced to the client. OpenAI has no
    one error code for it over all its APIs and compatible servers; the wording is what they share.
    """
    return any(words in error for words in _OVERFLOWS) or _ALSO_OVERFLOWS.search(_plainly(error)) is not None


def is_error(error: Json) -> bool:
    """Whether what stands where errors do is one.

    Some servers send the whole struct of an error with each chunk, its members empty, and some a code of 0 or 200 with
    "Success".
    """
    members = as_object(error)
    if not members:
        return bool(error) and not (isinstance(error, str) and _is_fine(error))
    named = [name for name in (*_CODED, *_STATUSES, *_TEXTS) if name in members]
    said = [name for name in named if members[name] not in (None, "")]
    if any(not _is_fine(members[name]) for name in said):
        return True
    return not said and _says(members)


def _inwards(error: Json) -> tuple[list[Mapping[str, Json]], str]:
    """The objects of an error, the innermost first, and the text inside them all, where there is one."""
    chain: list[Mapping[str, Json]] = []
    for _ in range(_DEEPEST):
        if listed := as_list(error):
            error = listed[0]
        members = as_object(error)
        if not members:
            break
        chain.insert(0, members)
        inner = (members.get(name) for name in ("error", "errors", "detail"))
        error = next((one for one in inner if one and one is not True), None)
    return chain, as_text(error)


def _first(chain: Iterable[Mapping[str, Json]], names: Iterable[str]) -> str:
    """The first of these members that is text or a number and not empty, as text."""
    found = (members.get(name) for members in chain for name in names)
    plain = (value for value in found if isinstance(value, (str, int)) and not isinstance(value, bool))
    return next((str(value) for value in plain if value != ""), "")


def _is_fine(value: Json) -> bool:
    return value.strip().lower() in _FINE if isinstance(value, str) else value in (0, 200, 20000)


def is_error_code(code: Json) -> bool:
    """Whether a code or a status says that something went wrong."""
    return code is not None and is_error(code)


def says_error(members: Mapping[str, Json]) -> bool:
    """Whether an object has the text of an error, or what may be one."""
    return any(isinstance(members.get(name), str) and members[name] for name in _TEXTS)


def _says(value: Json, depth: int = _DEEPEST) -> bool:
    """Whether there is anything but emptiness in a value; what is nested deeper than errors are counts as something."""
    inner = as_object(value).values() or as_list(value)
    return any(_says(member, depth - 1) for member in inner) if inner and depth else bool(value)


def _plainly(text: str) -> str:
    return _SEPARATORS.sub(" ", text[:_MOST].lower())
