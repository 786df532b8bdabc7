"""The reasons and messages that Liwa's code can give the data office, read from the code itself.

A sample has `SAMPLE` where the code puts in a value. What passes on a sentence made elsewhere has no sample.
"""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import liwa

ROOT = Path(liwa.__file__).parent
SAMPLE = "X7"

# Call -> the place of its sentence among the arguments.
REFUSING = {"FieldError": 2, "Refusal": 3, "Refused": 3, "problem": 1, "UnfitError": 0}
FAILING = dict.fromkeys(("SourceError", "ConfigError", "LiwaError", "Unavailable", "Busy", "Held"), 0)
FAILING |= {"_fail": -1, "_finished": 1, "finish": 1}
REFUSALS_OF = ("sources", "records/intake.py", "db/columns.py", "db/stage.py", "flows/stale.py")
FAILURES_OF = (
    "sources",
    "lake/inputs.py",
    "lake/events.py",
    "lake/log.py",
    "db/errors.py",
    "db/retrying.py",
    "db/stage.py",
    "flows/load.py",
    "flows/loading.py",
    "flows/statement_files.py",
)
# Statements are refused where they are checked and where they are stored.
RULING = {"refuse": 0, "unformed": 0, "Malformed": 0, "Conflict": 0, "mistyped": 1}
RULES_OF = (
    "statements/validation",
    "statements/prepare.py",
    "statements/references.py",
    "statements/signatures.py",
    "statements/store.py",
)
NOT_IN_A_LOAD = ("sources/oulad_download.py",)


def refusals() -> set[str]:
    """Why a row is refused."""
    return set(_samples(REFUSALS_OF, REFUSING))


def rules() -> set[str]:
    """Why a statement is refused."""
    return set(_samples(RULES_OF, RULING))


def failures() -> set[str]:
    """Why a load did not go through, or what it remarks."""
    return set(_samples(FAILURES_OF, FAILING))


def _samples(places: tuple[str, ...], calls: dict[str, int]) -> Iterator[str]:
    for place in places:
        for path in sorted([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py")):
            if path.relative_to(ROOT).as_posix() not in NOT_IN_A_LOAD:
                yield from _of_module(ast.parse(path.read_text(encoding="utf-8")), calls)


def _of_module(module: ast.Module, calls: dict[str, int]) -> Iterator[str]:
    functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    parents = {child: node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        place = calls.get(getattr(node.func, "id", getattr(node.func, "attr", "")))
        if place is None or len(node.args) <= place:
            continue
        for sentence in _texts(node.args[place], _scope(node, parents), functions):
            if sentence.replace(SAMPLE, "").strip(" .:"):
                yield sentence


def _scope(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    """The function around a call."""
    while node in parents and not isinstance(node, ast.FunctionDef):
        node = parents[node]
    return node


def _texts(node: ast.AST, scope: ast.AST, functions: dict[str, ast.FunctionDef]) -> list[str]:
    """Every text that an expression can be; `SAMPLE` for what is not written out."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            parts = [_texts(value, scope, functions) for value in values]
            return ["".join(found) for found in product(*parts)]
        case ast.FormattedValue(value=value):
            return _texts(value, scope, functions)
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, scope, functions), *_texts(orelse, scope, functions)]
        case ast.Name(id=name):
            found = [one.value for one in ast.walk(scope) if _assigns(one, name)]
            return [text for value in found for text in _texts(value, scope, functions)] or [SAMPLE]
        case (
            ast.Call(func=ast.Name(id=name))
            | ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name))
        ) if name in functions:
            ends = [one.value for one in ast.walk(functions[name]) if isinstance(one, ast.Return)]
            return [text for value in ends if value for text in _texts(value, functions[name], functions)]
        case ast.Call(func=ast.Attribute(attr="replace", value=inner)):
            return _texts(inner, scope, functions)
    return [SAMPLE]


def _assigns(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in node.targets
    )
