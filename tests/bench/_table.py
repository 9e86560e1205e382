"""Measuring and printing: CPU medians, statement counts, rows with a ratio to a baseline."""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext


def cpu_ms(act: Callable[[], Any], *, rounds: int = 9) -> float:
    """The median CPU time of a call in milliseconds; the first warms up and is not counted."""
    act()
    times = []
    for _round in range(rounds):
        start = time.process_time()
        act()
        times.append((time.process_time() - start) * 1000)
        reset_queries()
    return statistics.median(times)


def statements(act: Callable[[], Any]) -> int:
    """How many statements one call takes."""
    with CaptureQueriesContext(connection) as taken:
        act()
    return len(taken)


def show(title: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Print a table; numbers with one decimal, the first column to the left."""
    written = [tuple(_cell(value) for value in row) for row in rows]
    widths = [max(len(row[at]) for row in [columns, *written]) for at in range(len(columns))]
    say(title)
    for row in [columns, *written]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        say("  " + "  ".join(cells))


def say(line: str) -> None:
    """One line for the person who asked for the benchmark, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _cell(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
