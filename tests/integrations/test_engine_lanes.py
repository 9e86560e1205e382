"""One holder of a lane at a time, on both databases (faults E8, E9, E19)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from integrations import engine, lanes, slices
from integrations.lanes import LostLane
from integrations.models import Lane, SyncTask
from retailers.scope import unscoped
from tests.integrations.engine_kit import KIND, connected, lane, wanted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(shop, monkeypatch):
    monkeypatch.setattr(engine, "async_task", lambda *args: None)
    return connected(shop)


def at_once(workers, act):
    """Run `act(number)` in threads that start together; the answers."""
    gate, answers = threading.Barrier(workers), []

    def run(number):
        gate.wait()
        try:
            answers.append(act(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def lapse(connection):
    """As if the holder had been silent for longer than its lease."""
    Lane.objects.filter(connection=connection).update(
        claim_until=timezone.now() - timedelta(seconds=1)
    )


def test_of_eight_workers_one_gets_the_lane(portal):
    lanes.lane_of(portal.pk)
    for _ in range(5):
        fences = at_once(8, lambda _: lanes.claim(portal.pk))
        held = [fence for fence in fences if fence]
        assert len(held) == 1
        assert held[0].number == lane(portal).fence
        lanes.release(held[0])


def test_eight_workers_ask_for_one_thing_and_get_one_row(portal):
    rows = at_once(8, lambda _: wanted(portal).pk)
    assert len(set(rows)) == 1


def test_eight_workers_do_one_task_once(portal, monkeypatch):
    done, guard = [], threading.Lock()

    def handle(job):
        with guard:
            done.append(threading.get_ident())

    monkeypatch.setitem(engine.HANDLERS, KIND, "ignored")
    monkeypatch.setattr(engine, "import_string", lambda path: handle)
    for number in range(5):
        wanted(portal, str(number))
    at_once(8, lambda _: slices.work(portal.pk))
    slices.work(portal.pk)
    assert len(done) == 5
    with unscoped():
        assert not SyncTask.objects.exists()


def test_asking_while_others_finish_is_never_lost(portal, monkeypatch):
    """A wish that comes while the task is being finished is done or still waits: never neither."""
    runs, asked = [], []
    monkeypatch.setitem(engine.HANDLERS, KIND, "ignored")
    monkeypatch.setattr(engine, "import_string", lambda path: lambda job: runs.append(len(asked)))

    def act(number):
        if number == 0:
            for _ in range(20):
                slices.work(portal.pk)
        else:
            for _ in range(20):
                asked.append(1)
                wanted(portal)

    at_once(2, act)
    slices.work(portal.pk)
    assert runs[-1] == 20, "the last run began after the last wish"


def test_a_lapsed_lease_can_be_taken_and_the_old_holder_can_write_nothing(portal):
    old = lanes.claim(portal.pk)
    assert lanes.claim(portal.pk) is None
    lapse(portal)
    new = lanes.claim(portal.pk)
    assert new.number == old.number + 1
    for act in (lanes.renew, lambda fence: lanes.fenced(fence).__enter__()):
        with pytest.raises(LostLane):
            act(old)
    lanes.release(old)
    assert lane(portal).claim_until > timezone.now(), "an old holder cannot give it away either"
    lanes.renew(new)


def test_a_lapsed_lease_that_nobody_took_still_counts(portal):
    fence = lanes.claim(portal.pk)
    lapse(portal)
    with lanes.fenced(fence):
        pass
    assert lane(portal).claim_until > timezone.now()


def test_nobody_takes_the_lane_while_its_holder_commits(portal):
    """The fence check holds the row: a claim waits for the commit and then finds it renewed."""
    fence = lanes.claim(portal.pk)
    lapse(portal)
    inside, go_on, answers = threading.Event(), threading.Event(), []

    def thief():
        inside.wait(5)
        go_on.set()
        answers.append(lanes.claim(portal.pk))
        connections.close_all()

    thread = threading.Thread(target=thief)
    thread.start()
    with lanes.fenced(fence):
        inside.set()
        go_on.wait(5)
    thread.join()
    assert answers == [None]


@pytest.mark.skipif(database.vendor != "postgresql", reason="hosts share a clock on SQLite")
def test_a_host_with_a_fast_clock_does_not_steal_a_lane(portal, time_machine):
    lanes.claim(portal.pk)
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    assert lanes.claim(portal.pk) is None
