"""Barcodes: check digits by the GS1 rule, and the ways old files spoil them."""

from __future__ import annotations


def check_digit(digits: str) -> str:
    """The GS1 check digit for `digits` (the number without its last digit)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def upc_a(prefix: str, item: int) -> str:
    """A UPC-A: company prefix of six digits, item number of five, check digit."""
    body = f"{prefix:0>6}{item:05d}"[:11]
    return body + check_digit(body)


def ean_13(prefix: str, item: int) -> str:
    """An EAN-13: company prefix of seven digits, item number of five, check digit."""
    body = f"{prefix:0>7}{item:05d}"[:12]
    return body + check_digit(body)


def gtin_14(gtin: str, indicator: int = 0) -> str:
    """`gtin` as fourteen digits; an indicator of 1 to 8 makes it a carton's code."""
    body = f"{indicator}{gtin.zfill(13)[:12]}" if indicator else f"0{gtin.zfill(13)[:12]}"
    return body + check_digit(body)


def wrong_check_digit(code: str) -> str:
    """`code` with its last digit off by one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def is_valid(code: str) -> bool:
    """Whether `code` is 8, 12, 13 or 14 digits with a right check digit."""
    return code.isdigit() and len(code) in (8, 12, 13, 14) and check_digit(code[:-1]) == code[-1]
