"""What must be settled on a decision, as rows for people: a sentence and the ways out.

Kept as JSON on `Decision.problems`: {"code", "text", "blocks", "field", "choices", "answer"}. An
answered problem stays in the list (its answer is who-decided-what) and no longer blocks.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from purchasing.models import Decision

Row = dict[str, Any]
Choices = Sequence[tuple[str, str]]


def problem(
    code: str, text: str, *, blocks: bool = True, field: str = "", choices: Choices = ()
) -> Row:
    """One problem; `choices` are (key, words on the button)."""
    return {
        "code": code,
        "text": str(text),
        "blocks": blocks,
        "field": field,
        "choices": [{"key": key, "label": str(label)} for key, label in choices],
        "answer": "",
    }


def still_blocks(row: Row) -> bool:
    """Whether this one keeps the line from being written."""
    return bool(row.get("blocks")) and not row.get("answer")


def blocking(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if still_blocks(row)]


def answer_of(rows: Iterable[Row], code: str) -> str:
    """The answer somebody gave to the problem of this code; empty while there is none."""
    for row in rows:
        if row.get("code") == code:
            return str(row.get("answer") or "")
    return ""


def with_answers(rows: list[Row], before: Iterable[Row]) -> list[Row]:
    """The problems found now, with the answers that were given to the same ones before.

    An answer kept without a text was given ahead of the question and counts for any wording.
    """
    given = [row for row in before if row.get("answer")]
    for row in rows:
        for old in given:
            if old["code"] == row["code"] and old["text"] in (row["text"], ""):
                row["answer"] = old["answer"]
    return rows


def bin_with(problems: Iterable[Row], otherwise: str) -> str:
    """What cannot be written as it is lies in the conflict bin."""
    return Decision.Bin.CONFLICT if blocking(problems) else otherwise
