"""Single values of NuORDER's JSON: every shape that was seen, and every one that must not pass."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Unreadable
from integrations.nuorder.body import parse
from integrations.nuorder.values import (
    Wrong,
    as_count,
    as_day,
    as_moment,
    as_money,
    as_percent,
    as_text,
    clean_line,
    clean_lines,
    label_key,
    shown,
    without_harm,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (28, "28"),
        (Decimal("22.33"), "22.33"),
        ("672", "672"),
        ("22.5", "22.5"),
        ("$28.00", "28.00"),
        ("$1,234.50", "1234.50"),
        ("USD 28.00", "28.00"),
        ("28.00 USD", "28.00"),
        ("US$28", "28"),
        (" 28 ", "28"),
        (Decimal("27.123456"), "27.1235"),
        (0, "0"),
        ("0.00", "0"),
    ],
)
def test_money_in_all_its_shapes_is_one_amount(value: Any, amount: str) -> None:
    assert as_money(value, "USD") == Decimal(amount)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_money_is_unknown_and_never_zero(value: Any) -> None:
    assert as_money(value, "USD") is None


@pytest.mark.parametrize(
    "value",
    [
        -5,
        "-5.00",
        "$-5.00",
        Decimal("0.001"),
        Decimal("99999999999.99"),
        "1e5",
        "12,50",
        "1.234,50",
        "٣",
        "free",
        "$",
        True,
        [28],
        {"amount": 28},
        "€28.00",
        "£28.00",
        "28.00 EUR",
        Decimal("1e400"),
        Decimal("1e999999"),
    ],
)
def test_d6_what_is_no_amount_of_ours_is_refused_in_words(value: Any) -> None:
    with pytest.raises(Wrong, match=r"^is "):
        as_money(value, "USD")


def test_the_smallest_coin_depends_on_the_currency() -> None:
    assert as_money(Decimal("0.01"), "USD") == Decimal("0.01")
    with pytest.raises(Wrong):
        as_money(Decimal("0.4"), "JPY")
    assert as_money(Decimal("0.005"), "KWD") == Decimal("0.005")


@pytest.mark.parametrize(("value", "units"), [(0, 0), (12, 12), (Decimal("6.0"), 6), (None, None)])
def test_d5_whole_units_are_counted(value: Any, units: int | None) -> None:
    assert as_count(value) == units


@pytest.mark.parametrize(
    "value",
    [-3, Decimal("1.5"), 10**9, "12", "٣", True, [1], Decimal("1e400"), Decimal("-0.5")],
)
def test_d5_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(Wrong):
        as_count(value)


@pytest.mark.parametrize(
    "value",
    ["2025-07-01T00:00:00.000Z", "2025-07-01", "2025/07/01", "2025-07-01T00:00:00Z"],
)
def test_a_ship_date_is_its_first_ten_characters_and_never_converted(value: str) -> None:
    assert as_day(value) == date(2025, 7, 1)


@pytest.mark.parametrize(
    "value",
    [
        "2027-02-29T00:00:00.000Z",
        "2027-04-31T00:00:00.000Z",
        "0000-00-00",
        "9999-12-31T00:00:00.000Z",
        "2027-03-01T00:00:00+13:00",
        "2027-03-01T14:00:00.000Z",
        "03/01/27",
        "2025-07/01",
        1803859200000,
        "early March",
        True,
        ["2025-07-01"],
    ],
)
def test_d29_a_day_that_is_not_clear_is_refused(value: Any) -> None:
    with pytest.raises(Wrong):
        as_day(value)


def test_d29_a_leap_day_is_a_day() -> None:
    assert as_day("2028-02-29T00:00:00.000Z") == date(2028, 2, 29)


def test_d30_moments_are_utc_whatever_their_zone() -> None:
    gap = as_moment("2027-03-14T07:30:00.000Z")
    assert gap == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert as_moment("2027-03-14T20:30:00+13:00") == gap
    for unclear in ("2027-03-14T07:30:00", "yesterday", 1803859200000, "9999-01-01T00:00:00Z"):
        with pytest.raises(Wrong):
            as_moment(unclear)


@pytest.mark.parametrize(("value", "percent"), [(10, "10"), ("12.5", "12.5"), ("20%", "20")])
def test_percents(value: Any, percent: str) -> None:
    assert as_percent(value) == Decimal(percent)


@pytest.mark.parametrize("value", [-1, 101, "ten", True, [10], "٣"])
def test_percents_beyond_sense(value: Any) -> None:
    with pytest.raises(Wrong):
        as_percent(value)


def test_d10_d11_d12_harmful_characters_go_and_people_s_own_stay() -> None:
    assert without_harm("ring\x00 the\ud800 bell") == "ring the\ufffd bell"
    assert clean_line("\ufeff\u202etxt.exe\u202c") == "txt.exe"
    farmer = "With love \U0001f469\u200d\U0001f33e"
    assert clean_line(farmer) == farmer


def test_d13_spaces_of_all_kinds_become_one_plain_space() -> None:
    assert clean_line(" \u00a0TT-1225\t\tNavy  \n") == "TT-1225 Navy"
    assert clean_lines("one\r\n\r\n\r\n\r\ntwo \u2029 three") == "one\n\ntwo\nthree"


def test_composed_and_decomposed_labels_are_one_key() -> None:
    assert label_key("E\u0301cru") == label_key("Écru")


@pytest.mark.parametrize("reader", [as_count, as_day, as_moment, as_percent, as_text])
@given(value=ANYTHING)
def test_no_value_breaks_a_reader(reader: Any, value: Any) -> None:
    text = refusal(reader, value)
    assert without_harm(text) == text
    assert "\n" not in text


def refusal(reader: Any, value: Any) -> str:
    """Why the reader does not take the value; empty where it does."""
    try:
        reader(value)
    except Wrong as wrong:
        return str(wrong)
    return ""


@given(value=ANYTHING)
def test_money_is_sound_or_refused(value: Any) -> None:
    try:
        amount = as_money(value, "USD")
    except Wrong:
        return
    assert amount is None or (amount >= 0 and amount.is_finite())


@given(value=ANYTHING)
def test_what_is_shown_is_short_and_printable(value: Any) -> None:
    assert len(shown(value)) <= 60


@given(
    raw=st.binary(max_size=200)
    | st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode)
)
def test_no_bytes_break_the_reader_of_bodies(raw: bytes) -> None:
    try:
        found = parse(raw)
    except Unreadable:
        return
    assert json.dumps(found, default=str)
