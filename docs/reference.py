"""The reference of the public names, made from their docstrings; `docs/tables.py` puts it into its page."""

import ast
import importlib
import inspect
import re
import sys
from enum import Enum
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import streamfold
from rooms import ROOMS
from streamfold.adapters.driver.run import AsyncStream
from streamfold.adapters.protocols import acts, letta
from streamfold.adapters.server.log import Status

_PUBLIC = {
    "driver": ("driver", "driver.otel"),
    "protocols": (
        *("protocols.acts", "protocols.agui", "protocols.coalesce", "protocols.letta"),
        *("protocols.letta_sink", "protocols.letta_turn"),
        *("protocols.plain", "protocols.result_json", "protocols.sink", "protocols.turn", "protocols.vercel"),
    ),
    "server": ("server.asgi", "server.heard", "server.log", "server.provider", "server.runs"),
    "testing": ("testing", "testing.log_conformance"),
}
"""The public modules of a room, where that is not the room itself."""

MODULES = (
    "streamfold",
    "streamfold.reducer",
    *(f"streamfold.adapters.{name}" for name in ("errors", "json_text", "multi_tool_use")),
    *(f"streamfold.adapters.{name}" for room in ROOMS[:-1] for name in _PUBLIC.get(room, (room,))),
)
"""Where public names are imported from; a name is described in the first of them that has it."""

_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Yields):$")
_ENTRY = re.compile(r"^(\*{0,2}[\w.]+): (.*)$")


def homes() -> dict[str, dict[str, Any]]:
    """The public names with what they mean, by the module that describes them."""
    seen: set[tuple[str, int]] = set()
    found: dict[str, dict[str, Any]] = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        found[module_name] = {}
        for name in sorted(module.__all__, key=lambda name: (name[0].isupper(), name.lower())):
            value = getattr(module, name)
            if (name, id(value)) not in seen:
                seen.add((name, id(value)))
                found[module_name][name] = value
    return found


def sections(doc: str) -> tuple[str, dict[str, list[str]]]:
    """A docstring's prose, and the lines of its sections."""
    prose: list[str] = []
    found: dict[str, list[str]] = {}
    lines = prose
    for line in doc.splitlines():
        heading = _SECTION.match(line)
        if heading:
            lines = found.setdefault(heading[1], [])
        elif lines is not prose and line and not line.startswith(" "):
            lines = prose
            prose.append(line)
        else:
            lines.append(line[4:] if lines is not prose else line)
    return "\n".join(prose).strip(), found


def entries(lines: list[str]) -> dict[str, str]:
    """The entries of a section, by name."""
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        entry = _ENTRY.match(line)
        if entry:
            name = entry[1]
            found[name] = entry[2]
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found


def _plain(annotation: Any, alias_of: str = "") -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text.replace("NoneType", "None"))
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", re.sub(r"[~+-](?=[A-Z])", "", text))
    for name, alias in _ALIASES.items():
        text = text if name == alias_of else text.replace(alias, name)
    return text


def _union(alias: Any) -> str:
    return " | ".join(kind.__name__ for kind in alias.__args__)


_ALIASES = {"Message": _union(streamfold.Message), "ContentPart": _union(streamfold.ContentPart)}
_ALIASES |= {"End": _union(streamfold.End), "Act": _union(acts.Act), "AsyncStream": _plain(AsyncStream)}
_ALIASES |= {"StopReasonName": _plain(letta.StopReasonName), "Status": _plain(Status)}


def _shown(value: Any) -> str:
    text = repr(value)
    if re.search(r" at 0x| object ", text) or len(text) > 60:
        text = f"{type(value).__name__}(…)"
    return text


def _signature(name: str, value: Any) -> str:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return name
    shown: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        star = star or parameter.kind is parameter.VAR_POSITIONAL
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        text = prefix + parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_plain(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {_shown(parameter.default)}"
        shown.append(text)
    returned = signature.return_annotation
    arrow = "" if returned is signature.empty or inspect.isclass(value) else f" -> {_plain(returned)}"
    is_async = "async " if inspect.iscoroutinefunction(value) else ""
    return f"{is_async}{name}({', '.join(shown)}){arrow}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _described(doc: str) -> list[str]:
    prose, found = sections(doc)
    lines = [prose] if prose else []
    lists = {heading: entries(found[heading]) for heading in ("Args", "Raises") if heading in found}
    lines += ["\n".join([f"{name}:\n", *(f"- `{n}`: {t}" for n, t in found.items())]) for name, found in lists.items()]
    texts = {heading: " ".join(found[heading]).split() for heading in ("Returns", "Yields") if heading in found}
    return lines + [f"{heading}: {' '.join(words)}" for heading, words in texts.items()]


def _fields(cls: type) -> list[str]:
    """The fields of an attrs class or a NamedTuple, those of its bases among them, as a table."""
    texts: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        texts |= entries(sections(inspect.cleandoc(base.__dict__.get("__doc__") or ""))[1].get("Attributes", []))
    rows: list[tuple[str, str, str]] = []
    for name, annotation in inspect.get_annotations(cls).items():
        if "ClassVar" in str(annotation) and not name.startswith("_"):
            rows.append((name, _plain(annotation), _shown(getattr(cls, name))))
    if attrs.has(cls):
        for field in attrs.fields(cls):
            if not field.name.startswith("_"):
                required = field.default is attrs.NOTHING
                factory = isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]
                shown = "required" if required else "computed" if factory else f"`{_cell(_shown(field.default))}`"
                rows.append((field.name, _plain(field.type), shown))
    else:
        defaults = getattr(cls, "_field_defaults", {})
        for name in getattr(cls, "_fields", ()):
            shown = f"`{_cell(_shown(defaults[name]))}`" if name in defaults else "required"
            rows.append((name, _plain(inspect.get_annotations(cls).get(name, "")), shown))
    if not rows:
        return []
    lines = ["| field | type | default | |", "| --- | --- | --- | --- |"]
    for name, kind, shown in rows:
        shown = shown if shown in ("required", "computed") or shown.startswith("`") else f"`{_cell(shown)}`"
        lines.append(f"| `{name}` | `{_cell(kind)}` | {shown} | {_cell(texts.get(name, ''))} |")
    return ["\n".join(lines)]


def _methods(cls: type) -> list[str]:
    lines: list[str] = []
    names = [name for base in cls.__mro__ if base.__module__.startswith("streamfold") for name in base.__dict__]
    for name in sorted(set(names)):
        member = inspect.getattr_static(cls, name)
        if name.startswith("_") or name in getattr(cls, "_fields", ()):
            continue
        if isinstance(member, (classmethod, staticmethod)):
            member = member.__func__
        if isinstance(member, property):
            lines.append(f"- `{name}` (property): {_first(member.__doc__)}")
        elif inspect.isfunction(member):
            lines.append(f"- `{_signature(name, member)}`: {_first(member.__doc__)}")
    return ["\n".join(lines)] if lines else []


def _first(doc: str | None) -> str:
    prose, found = sections(inspect.cleandoc(doc or ""))
    raised = "; ".join(f"raises `{name}` {text}" for name, text in entries(found.get("Raises", [])).items())
    return " ".join(prose.split()) + (f" ({raised})" if raised else "")


def _own_doc(name: str, value: Any, module: ModuleType) -> str:
    """The string below a name's assignment: in its module, in one inside that, or anywhere in the package."""
    inside = sorted(sys.modules.items(), key=lambda item: (not item[0].startswith(f"{module.__name__}."), item[0]))
    for other in [module, *(m for n, m in inside if n.startswith("streamfold."))]:
        if getattr(other, "__dict__", {}).get(name) is not value or not getattr(other, "__file__", None):
            continue
        body = ast.parse(inspect.getsource(other)).body
        for statement, following in zip(body, [*body[1:], None], strict=True):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
            if not (isinstance(target, ast.Name) and target.id == name and isinstance(following, ast.Expr)):
                continue
            if isinstance(following.value, ast.Constant) and isinstance(following.value.value, str):
                return inspect.cleandoc(following.value.value)
    return ""


def _class(cls: type) -> list[str]:
    lines = _described(inspect.cleandoc(cls.__dict__.get("__doc__") or ""))
    bases = [base.__name__ for base in cls.__bases__ if base is not object and not base.__name__.startswith("_")]
    if issubclass(cls, BaseException):
        lines.append(f"Bases: {', '.join(f'`{base}`' for base in bases)}.")
    if issubclass(cls, Enum):
        texts = entries(sections(inspect.cleandoc(cls.__doc__ or ""))[1].get("Attributes", []))
        return [*lines, "\n".join(f"- `{member.name}`: {texts.get(member.name, member.value)}" for member in cls)]
    inherited = [base for base in cls.__mro__[1:] if attrs.has(base) and not base.__name__.startswith("_")]
    for base in inherited:
        raised = sections(inspect.cleandoc(base.__dict__.get("__doc__") or ""))[1].get("Raises", [])
        lines.extend(_described("Raises:\n" + "\n".join("    " + line for line in raised)) if raised else [])
    return [*lines, *_fields(cls), *_methods(cls)]


def _wire(module: ModuleType) -> list[str]:
    lines = _described(inspect.getdoc(module) or "")
    parts = ("Choice", "Delta", "CallDelta", "FunctionDelta", "CustomDelta")
    for name in ("Config", "Chunk", *parts, "State", "start", "step", "finish", "result"):
        if name not in module.__all__:
            continue
        value = getattr(module, name)
        short = module.__name__.rpartition(".")[2]
        if name == "State":
            doc = inspect.cleandoc(value.__doc__ or "").split("\n\n")[0]
            lines.append(f"**`{short}.State`**: {' '.join(doc.split())} Its fields are internal.")
        elif inspect.isclass(value):
            lines += [f"**`{short}.{name}`**", *_class(value)]
        else:
            lines += [f"**`{_signature(f'{short}.{name}', value)}`**", *_described(inspect.getdoc(value) or "")]
    return lines


def described(name: str, value: Any, module: ModuleType) -> list[str]:
    """What the reference says of one name, below its heading."""
    if inspect.ismodule(value):
        return _wire(value)
    if inspect.isclass(value) and not hasattr(value, "__origin__"):
        plain = not attrs.has(value) and not issubclass(value, (Enum, BaseException)) and not hasattr(value, "_fields")
        signature = [f"`{_signature(name, value)}`"] if plain and value.__init__ is not object.__init__ else []
        return [*signature, *_class(value)]
    if inspect.isfunction(value):
        return [f"`{_signature(name, value)}`", *_described(inspect.getdoc(value) or "")]
    members = get_args(value) if get_origin(value) in (Union, UnionType) else ()
    plain = " | ".join(map(_plain, members)) if members and all(map(inspect.isclass, members)) else _plain(value, name)
    text = f"`{name} = {plain if not isinstance(value, (str, int, tuple, frozenset)) else _shown(value)}`"
    return [text, *_described(_own_doc(name, value, module))]


def reference() -> str:
    """The whole reference, as Markdown."""
    blocks: list[str] = []
    for module_name, names in homes().items():
        if not names:
            continue
        module = importlib.import_module(module_name)
        blocks += [f"## {module_name}", (inspect.getdoc(module) or "").split("\n\n")[0]]
        for name, value in names.items():
            if name == "__version__":
                blocks += [f"### `{module_name}.__version__`", "The installed version, as text."]
                continue
            blocks += [f"### `{module_name}.{name}`", *described(name, value, module)]
    return "\n\n".join(block for block in blocks if block)
