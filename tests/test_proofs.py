"""The index of proofs is true: every test it names is there, and what must be proved is."""

import re

import pytest

from tests.proofs import HERE, INDEX, Carried, carried, numbers_in, rewritten, rows

# What has to be proved one by one, by a test that names the number itself.
REQUIRED = [f"D{n}" for n in (*range(1, 25), 26, 29, 30)] + [str(n) for n in range(105, 112)]
# What the index has to have a row for.
INDEXED = [
    *(f"D{n}" for n in (*range(1, 25), *range(26, 31))),
    *(f"A{n}" for n in range(1, 28)),
    *(f"B{n}" for n in range(1, 10)),
    *(f"C{n}" for n in range(1, 15)),
    *(str(n) for n in (*range(1, 76), *range(81, 95), *range(105, 112))),
]


@pytest.fixture(scope="module")
def found() -> Carried:
    return carried()


@pytest.mark.parametrize("number", REQUIRED)
def test_each_of_these_has_a_test_of_its_own(found: Carried, number: str) -> None:
    assert found.singly.get(number), f"no test names {number}"


def test_the_index_has_a_row_for_everything() -> None:
    known = rows(INDEX.read_text())
    assert [number for number in INDEXED if number not in known] == []


def test_every_row_names_tests_or_says_why_there_are_none() -> None:
    known = rows(INDEX.read_text())
    assert [row.number for row in known.values() if not row.tests and not row.words] == []


def test_every_test_the_index_names_is_there_and_carries_its_number(found: Carried) -> None:
    gone = [
        f"{row.number}: {test}"
        for row in rows(INDEX.read_text()).values()
        for test in row.tests
        if test not in found.tests_of(row.number)
    ]
    assert gone == [], "run `python -m tests.proofs`"


def test_every_test_the_security_paper_names_is_there() -> None:
    paper = (INDEX.parent / "security.md").read_text()
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", paper)
    assert len(named) > 50
    gone = [
        f"{file}::{test}"
        for file, test in named
        if not (HERE / file).is_file() or f"def {test}(" not in (HERE / file).read_text()
    ]
    assert gone == []


@pytest.mark.parametrize(
    ("name", "told", "about", "singly", "among"),
    [
        ("test_edge_41_a_change", "", "", {"41"}, set()),
        ("test_edge_49_and_50_free", "", "", {"49", "50"}, set()),
        ("test_d18_edge_60_the_id", "", "", {"D18", "60"}, set()),
        ("test_c11_a_state", "", "", {"C11"}, set()),
        ("test_14_34_renamed", "", "Numbers: edge cases.", {"14", "34"}, set()),
        ("test_2_to_4_codes", "", "Numbers: edge cases.", {"2"}, {"2", "3", "4"}),
        ("test_200_answers", "", "", set(), set()),
        ("test_x", "D5, D6.", "", {"D5", "D6"}, set()),
        ("test_x", "A6 to A8 and B9.", "", {"B9"}, {"A6", "A7", "A8"}),
        ("test_x", "Edge cases 35, 36-38: case.", "", {"35"}, {"36", "37", "38"}),
        ("test_x", "240 lines in 30 families", "", set(), set()),
    ],
)
def test_numbers_are_read_from_names_and_words(
    name: str, told: str, about: str, singly: set[str], among: set[str]
) -> None:
    assert numbers_in(name, told, about) == (singly, among)


def test_writing_the_index_changes_the_last_column_only() -> None:
    before = "# A\n| D5 | quantities | old |\n| 40 | a reorder | not here yet |\nwords\n"
    proof = Carried()
    proof.singly["D5"].append("tests/a/test_b.py::test_c")
    after = rewritten(before, proof)
    assert after == before.replace("| old |", "| `a/test_b.py::test_c` |")
    assert rewritten(after, proof) == after
    assert re.findall(r"test_c", after) == ["test_c"]
