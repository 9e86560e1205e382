"""Every regular expression of ours takes a long hostile text in its stride (1.3.12)."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import catalog
import config.logs
import integrations
import purchasing
import retailers

LONG = 100_000
# What makes a pattern with nested repeats go back and forth.
TEXTS = [
    piece * (LONG // len(piece)) for piece in ("a", " ", "0", "-", "<", "a ", "1/", ", ", "&#")
]
MOST_SECONDS = 1.0  # one that is quadratic takes minutes

# Only ever asked whether they fit a whole text, never where in a text.
WHOLE = {"integrations.nuorder.payloads._SPLIT_NUMBER"}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Compiled expressions at the top of our modules, the sandbox and migrations left out."""
    for room in (catalog, integrations, purchasing, retailers):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".migrations" in found.name or ".sandbox" in found.name or ".demo" in found.name:
                continue
            yield from _of(importlib.import_module(found.name))
    yield from _of(config.logs)


def _of(module: object) -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            yield f"{getattr(module, '__name__', '')}.{name}", value


@pytest.mark.slow
def test_no_pattern_is_slow_on_a_long_text() -> None:
    found = dict(patterns())
    assert len(found) > 10
    slow = []
    for name, pattern in found.items():
        for text in TEXTS:
            began = time.perf_counter()
            if name not in WHOLE:
                pattern.search(f"{text}!")
            pattern.fullmatch(f"{text}!")
            if time.perf_counter() - began > MOST_SECONDS:
                slow.append(f"{name} on {text[:2]!r}")
    assert slow == []
