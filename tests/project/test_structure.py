"""The house stays a house: short files, small folders, tests where their module is, names that say one thing."""

import ast
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("reducer", "adapters")
FOLDERS = (*ROOMS, "tests", "docs")
PROGRAMS = ("bench", "clients", "fuzz", "legacy", "mutation", "sample_app", "sample_server", "soak")
"""Folders of `tests` that are programs: their modules have names of their own, under the folder's."""

LINES = 400
MODULES = 16
WORDS = 12

Rule = Callable[[Path], list[str]]


def files(root: Path, *folders: str) -> Iterator[Path]:
    """The Python files of these folders, or of all."""
    for folder in folders or FOLDERS:
        yield from sorted((root / folder).rglob("*.py"))


def path_of(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()


def tree_of(file: Path) -> ast.Module:
    return parsed(file.read_text("utf-8"))


@cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


# The rules: each gives what breaks it


def files_are_short(root: Path) -> list[str]:
    return [path_of(root, file) for file in files(root) if len(file.read_text("utf-8").splitlines()) > LINES]


def folders_are_small(root: Path) -> list[str]:
    modules = Counter(file.parent for file in files(root))
    return [path_of(root, folder) for folder, count in sorted(modules.items()) if count > MODULES]


def names_of_test_files_are_unique(root: Path) -> list[str]:
    """The sample application is a project of its own, whose tests are not run beside these."""
    found = (file for file in files(root, "tests") if "sample_app" not in file.parts)
    names = Counter(file.name for file in found if file.name.startswith("test_"))
    return sorted(name for name, count in names.items() if count > 1)


def names_of_tests_are_short(root: Path) -> list[str]:
    return [
        f"{path_of(root, file)}::{function.name}"
        for file in files(root, "tests")
        for function in functions(tree_of(file))
        if function.name.startswith("test_") and len(function.name.removeprefix("test_").split("_")) > WORDS
    ]


def says_nothing_of_its_own(init: Path) -> bool:
    """Whether a package's `__init__` only exports: it defines no class, and no function but how names are found."""
    own = [
        node.name
        for node in tree_of(init).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    ]
    return set(own) <= {"__getattr__", "__dir__"}


def modules_have_tests(root: Path) -> list[str]:
    """A module's tests stand at its path, in a file or a folder of its name.

    Where two modules have one name, the package's may stand before it, since names of test files are unique.
    """
    untested = []
    for file in files(root, *ROOMS):
        if file.stem == "__main__" or (file.stem == "__init__" and says_nothing_of_its_own(file)):
            continue
        package = file.parent.relative_to(root)
        name = package.name if file.stem == "__init__" else file.stem
        mirrored = root / "tests" / package
        found = [mirrored / f"test_{name}.py", mirrored / f"test_{package.name}_{name}.py"]
        if not any(path.exists() for path in found) and not list((mirrored / name).rglob("test_*.py")):
            untested.append(path_of(root, file))
    return untested


def modules_of_tests_exist(root: Path) -> list[str]:
    """A test file stands at the path of a module or a package: itself, or in a folder of its name.

    In such a folder its own name begins with that of the module.
    """
    orphans = []
    for room in ROOMS:
        for file in sorted((root / "tests" / room).rglob("test_*.py")):
            name, folder = file.stem.removeprefix("test_"), file.parent.relative_to(root / "tests")
            module = (root / folder).with_suffix(".py")
            if not (
                (root / folder / f"{name}.py").exists()
                or (root / folder / f"{name.removeprefix(f'{folder.name}_')}.py").exists()
                or (name == folder.name and (root / folder / "__init__.py").exists())
                or (name.startswith(folder.name) and module.exists())
            ):
                orphans.append(path_of(root, file))
    return orphans


def packages_are_installed(root: Path) -> list[str]:
    setup = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folders = {file.parent.relative_to(root) for file in files(root, *ROOMS)}
    door = Path("adapters/streamfold")
    found = {"streamfold." + ".".join(folder.parts) if folder != door else "streamfold" for folder in folders}
    named = Counter(setup["packages"])
    twice = [name for name, count in named.items() if count > 1]
    return sorted([*found.symmetric_difference(named), *twice])


def lazy_names_hide_no_module(root: Path) -> list[str]:
    """A name that a package imports when it is asked for is no module's: that one is found first, once it is loaded.

    Unless it is what is meant, as `from . import` says to type checkers, or the name is imported at once.
    """
    hidden = []
    for init in files(root, *ROOMS):
        body = tree_of(init).body
        is_lazy = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in body)
        if init.stem != "__init__" or not is_lazy:
            continue
        modules = {path.stem if path.suffix == ".py" else path.name for path in init.parent.iterdir()}
        exported = [
            ast.literal_eval(node.value)
            for node in body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ]
        meant = {
            alias.name
            for node in ast.walk(tree_of(init))
            if isinstance(node, ast.ImportFrom) and (node in body or not node.module)
            for alias in node.names
        }
        lazy = modules - meant
        hidden += [f"{path_of(root, init)}: {name}" for names in exported for name in names if name in lazy]
    return hidden


def helpers_shadow_no_module(root: Path) -> list[str]:
    """What tests share is not called what a module or a package is called."""
    modules = {part for file in files(root, *ROOMS) for part in (file.stem, file.parent.name)}
    return [
        path_of(root, file)
        for file in files(root, "tests")
        if file.relative_to(root / "tests").parts[0] not in PROGRAMS
        and not file.stem.startswith(("test_", "__"))
        and file.stem != "conftest"
        and file.stem in modules
    ]


def private_names_are_left_alone(root: Path) -> list[str]:
    """No test imports a private name, or asks for one as text; ruff sees those that are asked for as attributes."""
    asked = []
    for file in files(root, "tests"):
        for node in ast.walk(tree_of(file)):
            names: list[object] = []
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "streamfold":
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                function = node.func
                called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                names = [node.args[1].value] if called in ("getattr", "setattr", "delattr") else []
            private = [name for name in names if isinstance(name, str) and name[:1] == "_" != name[1:2]]
            asked += [f"{path_of(root, file)}: {name}" for name in private]
    return asked


RULES: tuple[Rule, ...] = (
    files_are_short,
    folders_are_small,
    names_of_test_files_are_unique,
    names_of_tests_are_short,
    modules_have_tests,
    modules_of_tests_exist,
    packages_are_installed,
    lazy_names_hide_no_module,
    helpers_shadow_no_module,
    private_names_are_left_alone,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    assert rule(ROOT) == []


# A rule that cannot be broken says nothing

HOUSE = {
    "pyproject.toml": '[tool.setuptools]\npackages = ["streamfold", "streamfold.reducer", "streamfold.reducer.wide"]\n',
    "adapters/streamfold/__init__.py": "__all__ = ['chat']\ndef __getattr__(name): ...\n",
    "adapters/streamfold/__main__.py": "print()\n",
    "reducer/__init__.py": "from .chat import step\n",
    "reducer/chat.py": "\n" * LINES,
    "reducer/state.py": "",
    "reducer/folder.py": "",
    "reducer/wide/__init__.py": "class Wide: ...\n",
    "reducer/wide/state.py": "",
    "tests/reducer/test_chat.py": "def test_" + "_".join("a" * WORDS) + "(): ...\n",
    "tests/reducer/test_state.py": "",
    "tests/reducer/folder/test_folder_parts.py": "",
    "tests/reducer/wide/test_wide.py": "",
    "tests/reducer/wide/test_wide_state.py": "",
    "tests/support/shapes.py": "from own import _mine\ngetattr(_mine, '__name__')\n",
    "tests/fuzz/chat.py": "",
    **{f"docs/page_{at}.py": "" for at in range(MODULES)},
}
"""A house that keeps every rule, if only just."""

VIOLATIONS: list[tuple[Rule, dict[str, str | None], list[str]]] = [
    (files_are_short, {"reducer/chat.py": "\n" * (LINES + 1)}, ["reducer/chat.py"]),
    (files_are_short, {"tests/support/shapes.py": "#\n" * (LINES + 1)}, ["tests/support/shapes.py"]),
    (folders_are_small, {"docs/one_more.py": ""}, ["docs"]),
    (names_of_test_files_are_unique, {"tests/quirks/test_state.py": ""}, ["test_state.py"]),
    (
        names_of_tests_are_short,
        {
            "tests/reducer/test_state.py": "class TestIt:\n    async def test_"
            + "_".join("b" * (WORDS + 1))
            + "(): ...\n"
        },
        ["tests/reducer/test_state.py::test_" + "_".join("b" * (WORDS + 1))],
    ),
    (modules_have_tests, {"tests/reducer/test_state.py": None}, ["reducer/state.py"]),
    (modules_have_tests, {"tests/reducer/folder/test_folder_parts.py": None}, ["reducer/folder.py"]),
    (modules_have_tests, {"tests/reducer/wide/test_wide.py": None}, ["reducer/wide/__init__.py"]),
    (modules_have_tests, {"reducer/__init__.py": "def step(): ...\n"}, ["reducer/__init__.py"]),
    (modules_have_tests, {"reducer/wide/chat.py": ""}, ["reducer/wide/chat.py"]),
    (modules_of_tests_exist, {"tests/reducer/test_chat_edges.py": ""}, ["tests/reducer/test_chat_edges.py"]),
    (modules_of_tests_exist, {"tests/reducer/folder/test_parts.py": ""}, ["tests/reducer/folder/test_parts.py"]),
    (modules_of_tests_exist, {"tests/adapters/wire/test_wire.py": ""}, ["tests/adapters/wire/test_wire.py"]),
    (modules_of_tests_exist, {"tests/reducer/wide/test_state_of.py": ""}, ["tests/reducer/wide/test_state_of.py"]),
    (packages_are_installed, {"reducer/deep/state.py": ""}, ["streamfold.reducer.deep"]),
    (
        packages_are_installed,
        {"reducer/wide/__init__.py": None, "reducer/wide/state.py": None},
        ["streamfold.reducer.wide"],
    ),
    (
        lazy_names_hide_no_module,
        {"adapters/streamfold/__init__.py": "__all__ = ['chat', '__main__']\ndef __getattr__(name): ...\n"},
        ["adapters/streamfold/__init__.py: __main__"],
    ),
    (
        lazy_names_hide_no_module,
        {
            "reducer/__init__.py": "from .chat import chat\nif TYPE_CHECKING:\n    from . import state\n"
            "    from .folder import folder\n__all__ = ['chat', 'folder', 'state']\ndef __getattr__(name): ...\n"
        },
        ["reducer/__init__.py: folder"],
    ),
    (helpers_shadow_no_module, {"tests/support/chat.py": ""}, ["tests/support/chat.py"]),
    (helpers_shadow_no_module, {"tests/reducer/wide.py": ""}, ["tests/reducer/wide.py"]),
    (
        private_names_are_left_alone,
        {"tests/support/shapes.py": "from streamfold.reducer.chat import State, _step\n"},
        ["tests/support/shapes.py: _step"],
    ),
    (
        private_names_are_left_alone,
        {"tests/reducer/test_state.py": "def test(patch):\n    patch.setattr(chat, '_step', None)\n"},
        ["tests/reducer/test_state.py: _step"],
    ),
]


def build(root: Path, house: dict[str, Any]) -> None:
    for name, content in house.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, "utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_house_that_keeps_the_rules_is_found_to(rule: Rule, tmp_path: Path) -> None:
    build(tmp_path, HOUSE)
    assert rule(tmp_path) == []


@pytest.mark.parametrize(
    ("rule", "changed", "told"), VIOLATIONS, ids=[f"{rule.__name__}-{told[0]}" for rule, _, told in VIOLATIONS]
)
def test_what_breaks_a_rule_is_told(
    rule: Rule, changed: dict[str, str | None], told: list[str], tmp_path: Path
) -> None:
    build(tmp_path, HOUSE | changed)
    assert rule(tmp_path) == told


def test_every_rule_can_be_broken() -> None:
    assert {rule for rule, _, _ in VIOLATIONS} == set(RULES)
