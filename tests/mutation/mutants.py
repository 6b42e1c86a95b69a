"""The mutants of a source file: what mutmut's operators make of it, one change each."""

from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import Any

import libcst as cst
from attrs import evolve, frozen
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


@frozen
class Mutant:
    """One change of one file.

    Attributes:
        module: the file, such as "reducer/values/text.py".
        function: the qualified name of what is changed, such as "Text.append"; empty at the top level.
        lines: from the first line of the changed statement to the last that can tell whether a test reaches it.
        diff: the lines taken out and put in, each stripped, after "- " and "+ ".
        nth: which one this is of the mutants that agree in all that, from 0.
        source: the whole mutated file.
    """

    module: str
    function: str
    lines: range
    diff: tuple[str, ...]
    source: str
    nth: int = 0

    @property
    def key(self) -> tuple[str, str, tuple[str, ...], int]:
        """What tells it from all others, and stays the same while the lines around it change."""
        return self.module, self.function, self.diff, self.nth


class _Visitor(MutationVisitor):
    """mutmut's own, which leaves out what its trampolines cannot replace (decorated functions), and we can."""

    METADATA_DEPENDENCIES = (*MutationVisitor.METADATA_DEPENDENCIES, ParentNodeProvider)

    def __init__(self) -> None:
        super().__init__(mutation_operators, IgnoredCode(set(), set(), set()))

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and node.decorators:
            return _is_overload(node)
        return _means_nothing(node) or super()._skip_node_and_children(node)


def mutants_of(module: str, source: str) -> list[Mutant]:
    """All mutants of a file that compile, and compile to something else than the original."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor()
    wrapper.visit(visitor)
    position, parent = wrapper.resolve(PositionProvider), wrapper.resolve(ParentNodeProvider)
    seen = {_shape(compile(source, module, "exec"))}
    found: list[Mutant] = []
    alike: Counter[Any] = Counter()
    for mutation in visitor.mutations:
        node = mutation.original_node
        mutated = wrapper.module.deep_replace(node, mutation.mutated_node).code  # type: ignore[arg-type]
        try:
            shape = _shape(compile(mutated, module, "exec"))
        except SyntaxError:
            continue
        if shape in seen:
            continue
        seen.add(shape)
        names, start = _place(node, parent, position)
        mutant = Mutant(
            module, ".".join(names), range(start, position[node].end.line + 1), _diff(source, mutated), mutated
        )
        found.append(evolve(mutant, nth=alike[mutant.key]))
        alike[mutant.key] += 1
    return found


def _place(node: cst.CSTNode, parent: Any, position: Any) -> tuple[list[str], int]:
    """The names of the functions and classes around a node, and the line its statement begins on."""
    names: list[str] = []
    start = None
    at: cst.CSTNode | None = node
    while at is not None:
        if start is None and isinstance(at, (cst.SimpleStatementLine, cst.BaseCompoundStatement, cst.If)):
            start = position[at].start.line
        if isinstance(at, (cst.FunctionDef, cst.ClassDef)):
            names.insert(0, at.name.value)
        at = parent.get(at)
    return names, start or position[node].start.line


def _means_nothing(node: cst.CSTNode) -> bool:
    """`__all__`, type aliases and type variables: nothing but tools reads them."""
    if isinstance(node, cst.AnnAssign):
        annotation = node.annotation.annotation
        return isinstance(annotation, cst.Name) and annotation.value == "TypeAlias"
    if isinstance(node, cst.Assign):
        target, value = node.targets[0].target, node.value
        if isinstance(target, cst.Name) and target.value == "__all__":
            return True
        made_by = value.func if isinstance(value, cst.Call) else None
        return isinstance(made_by, cst.Name) and made_by.value in ("TypeVar", "ParamSpec")
    return False


def _is_overload(node: cst.FunctionDef) -> bool:
    return any(isinstance(one.decorator, cst.Name) and one.decorator.value == "overload" for one in node.decorators)


def _diff(before: str, after: str) -> tuple[str, ...]:
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    same = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )
    return (*(f"- {line.strip()}" for line in old[same:]), *(f"+ {line.strip()}" for line in new[same:]))


def _shape(code: CodeType) -> Any:
    """What a code object does, without where it stands."""
    consts = tuple((type(one), _shape(one) if isinstance(one, CodeType) else _value(one)) for one in code.co_consts)
    return code.co_name, code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable


def _value(const: object) -> object:
    return tuple((type(one), one) for one in const) if isinstance(const, tuple) else const


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside it, outer ones first."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from code_objects(const)
