"""Which tests carry which number of the fault catalogue and the trade's edge cases.

A test carries a number by its name (`test_edge_41_…`, `test_d5_…`, and `test_41_…` where the
module says that its numbers are edge cases), by its docstring ("D5, D6", "edge case 91"), or by
being run for a named case of it (`"D9_duplicate_keys"` among its parameters).
A number that stands only inside a range ("D1-D20"), or in the words about a whole module, is
carried *among others*: good for the index, not for what has to be proved one by one.

    python -m tests.proofs      write the last column of docs/proofs.md anew
"""

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
INDEX = HERE.parent / "docs" / "proofs.md"

_SPAN = r"\s*(?:-|–|to)\s*"
_RANGE = re.compile(rf"\b([A-G])(\d+){_SPAN}\1?(\d+)\b")
_SINGLE = re.compile(r"\b([A-G]\d{1,2})\b")
_CASES = re.compile(r"\b(?:edge(?: cases?)?|cases)((?:,|\s|and|to|-|–|\d+)*\d)\b", re.I)
_CASE_RANGE = re.compile(rf"\b(\d+){_SPAN}(\d+)\b")
_NAMED_FAULT = re.compile(r"(?:^|_)([a-g])(\d{1,2})(?=_|$)")
_NAMED_CASES = re.compile(r"(?:^|_)edge_(\d+)((?:_(?:and_)?\d+)*)(?=_|$)")
_BARE_CASES = re.compile(r"^test((?:_\d+)+)(?:_to_(\d+))?_")
_NUMBERED_MODULE = re.compile(r"\bnumbers?(?::| are) (?:the )?edge cases", re.I)
_CASE_OF_A_FAULT = re.compile(r"^([A-G]\d{1,2})(?=[_ ])")


@dataclass
class Carried:
    """Tests by number: named one by one, and only among others."""

    singly: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    among: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def tests_of(self, number: str) -> list[str]:
        """All tests of a number, those that name it first."""
        tests = [*self.singly.get(number, []), *self.among.get(number, [])]
        modules = {test.partition("::")[0] for test in tests if "::" in test}
        return [test for test in dict.fromkeys(tests) if test not in modules]

    def all(self) -> set[str]:
        """Every test and module that carries anything."""
        return {
            test for found in (self.singly, self.among) for row in found.values() for test in row
        }


def carried(root: Path = HERE) -> Carried:
    """Every number that a test under `root` carries, by reading the files only."""
    found = Carried()
    for file in sorted(root.rglob("test_*.py")):
        if file.name == "test_proofs.py":  # it speaks about numbers
            continue
        text = file.read_text()
        module = ast.parse(text)
        about = ast.get_docstring(module) or ""
        where = file.relative_to(root.parent).as_posix()
        cases = _cases_by_name(module)
        for test in _tests(module):
            singly, among = numbers_in(test.name, ast.get_docstring(test) or "", about)
            singly |= _parametrized(test, cases)
            for number in sorted(singly):
                found.singly[number].append(f"{where}::{test.name}")
            for number in sorted(among - singly):
                found.among[number].append(f"{where}::{test.name}")
        words = [about, *_comments(text)]
        told = set().union(*(one for each in words for one in numbers_in("", each)))
        for number in sorted(told):
            found.among[number].append(where)
    return found


def _tests(module: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield node


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _cases_by_name(module: ast.Module) -> dict[str, set[str]]:
    """Faults that a constant of the module has cases of, such as a table of dirty orders."""
    found: dict[str, set[str]] = {}
    for node in module.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
            found[target.id] = _cases_in(node)
    return found


def _cases_in(node: ast.AST) -> set[str]:
    texts = (
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    )
    return {match[1] for text in texts if (match := _CASE_OF_A_FAULT.match(text))}


def _parametrized(test: ast.FunctionDef, cases: dict[str, set[str]]) -> set[str]:
    """Faults of the cases that a test is run for."""
    found: set[str] = set()
    for decorator in test.decorator_list:
        found |= _cases_in(decorator)
        for inner in ast.walk(decorator):
            if isinstance(inner, ast.Name):
                found |= cases.get(inner.id, set())
    return found


def numbers_in(name: str, told: str, about: str = "") -> tuple[set[str], set[str]]:
    """Numbers of one test: named singly, and within ranges. Edge cases are bare digits."""
    singly = {f"{row.upper()}{number}" for row, number in _NAMED_FAULT.findall(name)}
    among: set[str] = set()
    for first, more in _NAMED_CASES.findall(name):
        singly |= {first, *re.findall(r"\d+", more)}
    bare = _BARE_CASES.match(name)
    if bare and _NUMBERED_MODULE.search(about):
        listed = re.findall(r"\d+", bare[1])
        singly |= set(listed)
        if bare[2]:
            among |= {str(n) for n in range(int(listed[-1]), int(bare[2]) + 1)}
    for row, low, high in _RANGE.findall(told):
        among |= {f"{row}{n}" for n in range(int(low), int(high) + 1)}
    singly |= set(_SINGLE.findall(_RANGE.sub(" ", told)))
    for listed_cases in _CASES.findall(told):
        for low, high in _CASE_RANGE.findall(listed_cases):
            among |= {str(n) for n in range(int(low), int(high) + 1)}
        singly |= set(re.findall(r"\d+", _CASE_RANGE.sub(" ", listed_cases)))
    return singly, among


# --- the index ---------------------------------------------------------------------------------

_ROW = re.compile(r"^\| (?P<number>[A-G]?\d+) \| (?P<what>.*?) \|(?P<tests>.*)\|$")
MOST_SHOWN = 4


def rewritten(text: str, found: Carried) -> str:
    """The index with its last column as the tests say; a row without tests keeps its words."""
    lines = []
    for line in text.splitlines():
        row = _ROW.match(line)
        tests = found.tests_of(row["number"]) if row else []
        fresh = f"| {row['number']} | {row['what']} | {_cell(tests)} |" if row and tests else line
        lines.append(fresh)
    return "\n".join(lines) + "\n"


def _cell(tests: list[str]) -> str:
    shown = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests[:MOST_SHOWN])
    rest = len(tests) - MOST_SHOWN
    return shown + (f"<br>and {rest} more" if rest > 0 else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the index: what it is about, its tests, or the words that stand in their place."""

    number: str
    what: str
    tests: list[str]
    words: str


def rows(text: str) -> dict[str, Row]:
    """The index by number."""
    found: dict[str, Row] = {}
    for line in text.splitlines():
        if row := _ROW.match(line):
            cell = row["tests"].strip()
            named = re.findall(r"`([^`]+)`", cell) if cell.startswith("`") else []
            tests, words = [f"tests/{test}" for test in named], "" if named else cell
            found[row["number"]] = Row(row["number"], row["what"], tests, words)
    return found


if __name__ == "__main__":
    before = INDEX.read_text()
    INDEX.write_text(rewritten(before, carried()))
    sys.stdout.write("docs/proofs.md: written\n")
