"""Each protection is needed: without it the very scenario that it is for ends in damage.

If one of these fails because nothing is damaged, the protection is no longer what saves us, and
the tests that rely on it prove nothing.
"""

import pytest

from tests.crash.conftest import Run, damaged

pytestmark = [pytest.mark.slow, pytest.mark.processes]

SCENARIOS = {
    # Killed after it was done there and before we wrote it down: only a look finds it.
    "look": {"faults": {"POST things": ["kill_after"]}},
    # Still at work when our call timed out (1.3 s): looking at once finds nothing. The writes of
    # this run do not confirm, since a second look half a minute later would hide it.
    "settle": {"faults": {"POST things": ["", "late:2.0"]}},
    # Their list shows it only after SETTLE (2.4 s): one look is not enough, the second finds it.
    "confirm": {"faults": {"POST things": ["", "lost"]}, "lag": 2.7},
}


@pytest.mark.parametrize("protection", SCENARIOS)
def test_with_everything_in_place_nothing_is_damaged(theatre, protection):
    run = Run(f"with-{protection}", confirming=protection != "settle")
    theatre.prepare(run, **SCENARIOS[protection])
    theatre.play([run])
    assert damaged(run) == []


@pytest.mark.parametrize("protection", SCENARIOS)
def test_without_it_something_is_doubled(theatre, protection):
    run = Run(f"without-{protection}", missing=protection, confirming=protection != "settle")
    theatre.prepare(run, **SCENARIOS[protection])
    theatre.play([run])
    assert any("doubled" in line for line in damaged(run))
