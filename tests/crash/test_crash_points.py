"""Kill -9 anywhere, start again, and the other side has each thing once (faults E1, E2; table 3.1).

`CRASH_PAIRS` and `CRASH_ROUNDS` say how many pairs of crash points and random rounds are played,
`CRASH_SEED` from which seed; the defaults are for every change, the hundreds for the night.
"""

import os

import pytest

from integrations import crash
from tests.crash import worker
from tests.crash.conftest import Run, damaged, seeded

pytestmark = [pytest.mark.slow, pytest.mark.processes]
POINTS = 6 * worker.WRITES  # S0, S1, S4, S5, S6, S8 of each write
PAIRS = int(os.environ.get("CRASH_PAIRS", "48"))
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "48"))
SEED = int(os.environ.get("CRASH_SEED", "20261125"))
FAULTS = ("lost", "500_before", "500_after", "429", "reset_before", "kill_before:0.2", "kill_after")
CALLS = ("POST things", "POST counts", "PUT status")


def test_an_undisturbed_run_passes_every_point(theatre, monkeypatch):
    """Else the sweep below would kill fewer places than there are."""
    run = theatre.prepare(Run("calm"))
    passed = []
    monkeypatch.setattr(crash, "_passed", passed)
    from integrations import engine, slices

    monkeypatch.setitem(engine.HANDLERS, worker.KIND, "tests.crash.worker.handle")
    monkeypatch.setattr(engine, "async_task", lambda *args: None)
    slices.work(run.connection.pk)
    assert passed == ["S0", "S1", "S4", "S5", "S6", "S8"] * worker.WRITES
    assert len(passed) == POINTS


def test_killed_at_every_single_point(theatre):
    runs = [theatre.prepare(Run(f"point-{n}", deaths=(n,))) for n in range(1, POINTS + 1)]
    theatre.play(runs)
    assert all(run.kills == 1 for run in runs)
    assert [line for run in runs for line in damaged(run)] == []


def test_killed_twice(theatre):
    """The second death counts from the restart; late points may no longer exist then."""
    every = [(k, n) for k in range(1, POINTS + 1) for n in range(1, POINTS + 1)]
    pairs = seeded(SEED).sample(every, min(PAIRS, len(every)))
    runs = [theatre.prepare(Run(f"pair-{k}-{n}", deaths=(k, n))) for k, n in pairs]
    theatre.play(runs)
    assert all(run.kills >= 1 for run in runs)
    assert [line for run in runs for line in damaged(run)] == []


def test_killed_at_any_moment_while_the_other_side_has_faults(theatre):
    """Random kills, one call in five spoiled, lists that lag by up to 0.2 s."""
    chance = seeded(SEED)
    runs = []
    for n in range(ROUNDS):
        faults = {
            call: [chance.choice(FAULTS) if chance.random() < 0.2 else "" for _ in range(4)]
            for call in CALLS
        }
        kills = tuple(chance.uniform(0.0, 0.5) for _ in range(chance.randint(0, 2)))
        run = Run(f"round-{n}", kill_after=kills)
        runs.append(theatre.prepare(run, faults=faults, lag=chance.uniform(0, 0.2)))
    theatre.play(runs)
    assert [line for run in runs for line in damaged(run)] == []
