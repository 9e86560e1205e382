"""Asking for work, working a lane, and a name for every ending (reliability E7, E15, E22, G1)."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from integrations import engine, lanes
from integrations.engine import Later, SliceOver, Stop
from integrations.errors import (
    Forbidden,
    NotSent,
    RateLimited,
    Refused,
    Unauthorised,
    Unreachable,
    Unreadable,
)
from integrations.models import Connection, Lane, OutgoingMail, RemoteStep, SyncTask
from retailers.models import Event
from retailers.scope import WrongRetailer, acting_for, unscoped
from tests.factories import MembershipFactory
from tests.integrations.engine_kit import (
    HANDLER,
    KIND,
    connected,
    lane,
    make_due,
    row,
    wanted,
    work,
)

Trouble = SyncTask.Trouble
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def handler(monkeypatch, settings):
    settings.EMAIL_BACKEND = "integrations.mail.QueuedEmailBackend"  # pytest-django swaps it
    monkeypatch.setitem(engine.HANDLERS, KIND, "tests.integrations.engine_kit.handle")
    HANDLER.seen, HANDLER.act = [], lambda job: None
    return HANDLER


@pytest.fixture
def portal(shop):
    return connected(shop)


@pytest.fixture
def waked(monkeypatch):
    """The lanes that were waked."""
    seen = []
    monkeypatch.setattr(engine, "async_task", lambda path, *numbers: seen.append(numbers))
    return seen


def fails_with(error):
    def act(job):
        raise error

    return act


def state_of(connection):
    with unscoped():
        return Connection.objects.get(pk=connection.pk)


# --- asking ------------------------------------------------------------------------------------


def test_asking_twice_is_asking_once(portal):
    first, second = wanted(portal), wanted(portal)
    assert first.pk == second.pk
    work(portal.pk)
    assert HANDLER.seen == ["1"]
    assert row(first) is None


def test_asking_while_it_runs_makes_it_run_once_more(portal):
    HANDLER.act = lambda job: wanted(portal) if len(HANDLER.seen) == 1 else None
    wanted(portal)
    work(portal.pk)
    assert HANDLER.seen == ["1", "1"]


def ask_and_fail(connection):
    """A transaction that asks for something and is then rolled back."""
    with transaction.atomic():
        wanted(connection, "lost")
        raise ZeroDivisionError


def test_the_wish_of_a_rolled_back_transaction_is_no_wish(portal, waked):
    with pytest.raises(ZeroDivisionError):
        ask_and_fail(portal)
    with unscoped():
        assert not SyncTask.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_asks_of_one_transaction_wake_a_lane_once(portal, waked):
    with transaction.atomic():
        for number in range(5):
            wanted(portal, str(number))
        assert waked == []
    assert waked == [(portal.pk,)]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_inside_a_rolled_back_savepoint_does_not_swallow_the_next(portal, waked):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            ask_and_fail(portal)
        wanted(portal, "kept")
    assert waked == [(portal.pk,)]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_fail_the_request(portal, monkeypatch):
    monkeypatch.setattr(engine, "async_task", fails_with(ConnectionError("no broker")))
    task = wanted(portal)
    assert row(task).not_before <= timezone.now()


def test_one_shop_cannot_ask_for_another(portal, other_shop):
    with acting_for(other_shop), pytest.raises(WrongRetailer):
        wanted(portal)


def test_a_person_ends_a_trouble_by_asking_again_and_the_clock_does_not(portal, ana):
    HANDLER.act = fails_with(Stop(Trouble.DECISION, "Which outlet?"))
    task = wanted(portal)
    work(portal.pk)
    wanted(portal)
    assert row(task).trouble == Trouble.DECISION
    wanted(portal, by=ana)
    assert row(task).trouble == ""


def test_the_clock_does_not_hurry_what_backs_off(portal):
    HANDLER.act = fails_with(Unreachable("down"))
    task = wanted(portal)
    work(portal.pk)
    wanted(portal)
    assert row(task).not_before > timezone.now()


# --- endings -----------------------------------------------------------------------------------


def test_later_parks_and_does_not_count(portal):
    until = timezone.now() + timedelta(hours=1)
    HANDLER.act = fails_with(Later(until, "Settling"))
    task = wanted(portal)
    work(portal.pk)
    parked = row(task)
    assert (parked.not_before, parked.wait_text, parked.attempts) == (until, "Settling", 0)
    assert parked.claimed_at is None


def test_a_429_parks_without_counting(portal):
    until = timezone.now() + timedelta(seconds=90)
    HANDLER.act = fails_with(RateLimited("slow down", until=until))
    task = wanted(portal)
    for _ in range(10):
        make_due(task)
        work(portal.pk)
    assert row(task).not_before == until
    assert row(task).trouble == ""
    assert row(task).attempts == 0


@pytest.mark.parametrize(
    "error", [NotSent("no route"), Unreachable("503"), OperationalError("locked")]
)
def test_backs_off_eight_times_and_then_tells_a_person(portal, error):
    HANDLER.act = fails_with(error)
    task = wanted(portal)
    for n in range(1, 8):
        work(portal.pk)
        assert row(task).attempts == n
        assert row(task).trouble == ""
        assert row(task).not_before > timezone.now()
        make_due(task)
    work(portal.pk)
    assert row(task).trouble == Trouble.UNREACHABLE


def test_recurring_work_never_waits_for_a_person_because_of_an_outage(portal, monkeypatch):
    monkeypatch.setattr(engine, "RECURRING", frozenset({KIND}))
    HANDLER.act = fails_with(Unreachable("They have trouble of their own (502)."))
    task = wanted(portal)
    for _ in range(12):
        work(portal.pk)
        make_due(task)
    assert row(task).trouble == ""
    assert "502" in state_of(portal).last_trouble


def test_garbage_is_tried_three_times(portal):
    HANDLER.act = fails_with(Unreadable("They answered a web page."))
    task = wanted(portal)
    for _ in range(3):
        assert row(task).trouble == ""
        work(portal.pk)
        make_due(task)
    assert row(task).trouble == Trouble.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (Refused("They refused it (422).", status=422), Trouble.REFUSED),
        (Forbidden("The permission “products:write” is missing."), Trouble.REFUSED),
        (ZeroDivisionError(), Trouble.INTERNAL),
        (Stop(Trouble.AMBIGUOUS, "Two of them"), Trouble.AMBIGUOUS),
    ],
)
def test_what_needs_a_person_stops_and_the_next_goes_on(portal, error, trouble):
    HANDLER.act = lambda job: fails_with(error)(job) if job.key == "bad" else None
    bad, good = wanted(portal, "bad"), wanted(portal, "good")
    work(portal.pk)
    assert row(bad).trouble == trouble
    assert row(bad).trouble_text
    assert row(good) is None


def test_a_spent_credential_parks_everything_and_writes_to_the_owner(portal, shop, owner):
    HANDLER.act = lambda job: fails_with(Unauthorised("401"))(job) if job.key == "a" else None
    first, second = wanted(portal, "a"), wanted(portal, "b")
    work(portal.pk)
    assert state_of(portal).state == Connection.State.RECONNECT
    assert (row(first).trouble, row(second).trouble) == ("", "")
    assert HANDLER.seen == ["a"]
    assert OutgoingMail.objects.get().to == [owner.email]
    with acting_for(shop):
        assert Event.objects.about(portal).get().verb == "reconnect-needed"
    work(portal.pk)
    assert HANDLER.seen == ["a"], "nothing runs until somebody reconnects"
    with unscoped():
        Connection.objects.update(state=Connection.State.ACTIVE)
    HANDLER.act = lambda job: None
    work(portal.pk)
    assert (row(first), row(second)) == (None, None)


def test_no_letter_leaves_the_shop(portal, owner, other_shop, cleo):
    MembershipFactory(retailer=other_shop, role="owner")
    HANDLER.act = fails_with(Unauthorised("401"))
    wanted(portal)
    work(portal.pk)
    assert [letter.to for letter in OutgoingMail.objects.all()] == [[owner.email]]


def test_a_slice_that_is_over_goes_on_at_once_and_does_not_count(portal):
    HANDLER.act = lambda job: fails_with(SliceOver())(job) if len(HANDLER.seen) == 1 else None
    task = wanted(portal)
    work(portal.pk)
    assert HANDLER.seen == ["1", "1"]
    assert row(task) is None


def test_keep_going_ends_a_slice_but_not_what_was_begun(portal, monkeypatch):
    seen = []

    def act(job):
        job.fence.began -= 100
        with job.sending():
            job.keep_going()
        seen.append("sent")
        job.keep_going()
        seen.append("not reached")

    HANDLER.act = act
    wanted(portal)
    work(portal.pk)
    assert seen == ["sent"]


# --- crashes -----------------------------------------------------------------------------------


def left_claimed_by_a_dead_worker(task):
    with unscoped():
        SyncTask.objects.filter(pk=task.pk).update(claimed_at=timezone.now(), claimed_fence=0)


def test_what_breaks_its_worker_three_times_is_poison_and_the_next_goes_on(portal):
    bad, good = wanted(portal, "bad"), wanted(portal, "good")
    for _ in range(3):
        left_claimed_by_a_dead_worker(bad)
        with unscoped():
            SyncTask.objects.filter(pk=bad.pk).update(attempts=0)
        HANDLER.act = lambda job: fails_with(SystemExit())(job) if job.key == "bad" else None
        try:
            work(portal.pk)
        except SystemExit:  # a time-out of the queue is one: it passes through as a kill would
            Lane.objects.update(claim_until=None)
    assert row(bad).trouble == Trouble.POISON
    assert row(good) is None


def test_an_orderly_ending_forgets_earlier_crashes(portal):
    task = wanted(portal)
    left_claimed_by_a_dead_worker(task)
    HANDLER.act = fails_with(Unreachable("503"))
    work(portal.pk)
    assert row(task).crashes == 0


# --- who may not work --------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["new", "waiting", "reconnect"])
def test_an_unconnected_line_only_shakes_hands(portal, state, monkeypatch):
    monkeypatch.setattr(engine, "SHAKING_HANDS", frozenset({"shake"}))
    monkeypatch.setitem(engine.HANDLERS, "shake", "tests.integrations.engine_kit.handle")
    wanted(portal, "data")
    engine.ask(portal, "shake:hand")
    with unscoped():
        Connection.objects.update(state=state)
    work(portal.pk)
    assert HANDLER.seen == ["hand"]


def test_a_shop_that_is_switched_off_stops_at_the_next_fence_check(portal, shop):
    def act(job):
        shop.active = False
        shop.save()
        job.keep_going()
        HANDLER.seen.append("not reached")

    HANDLER.act = act
    wanted(portal)
    work(portal.pk)
    assert HANDLER.seen == ["1"]
    work(portal.pk)
    assert HANDLER.seen == ["1"]


def test_the_work_of_a_task_sees_only_its_shop(portal, shop, other_shop):
    other = connected(other_shop)
    HANDLER.act = lambda job: HANDLER.seen.extend(
        Connection.objects.values_list("retailer__name", flat=True)
    )
    wanted(portal)
    wanted(other)
    work(portal.pk)
    assert HANDLER.seen == ["1", shop.name]


def test_a_busy_shop_leaves_a_worker_to_the_others(portal, shop, other_shop, settings):
    second, other = connected(shop), connected(other_shop)
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 2}
    wanted(second)
    assert lanes.claim(portal.pk)
    wanted(other)
    assert work(second.pk) == 0, "Harbour Row's work waits"
    assert work(other.pk) == 1
    assert work(second.pk) == 1, "nobody else waits: the shop may use all workers"


def test_urgent_before_old(portal, ana):
    wanted(portal, "pictures", priority=SyncTask.PRIORITY_IMAGES)
    wanted(portal, "read")
    wanted(portal, "person", priority=SyncTask.PRIORITY_PERSON, by=ana)
    work(portal.pk)
    assert HANDLER.seen == ["person", "read", "pictures"]


def test_a_lane_that_was_told_to_rest_rests(portal):
    wanted(portal)
    Lane.objects.update(paused_until=timezone.now() + timedelta(minutes=1))
    assert work(portal.pk) == 0
    assert HANDLER.seen == []
    Lane.objects.update(paused_until=timezone.now())
    assert work(portal.pk) == 1


def test_the_lane_is_free_afterwards(portal):
    wanted(portal)
    work(portal.pk)
    assert lane(portal).claim_until is None


# --- retry -------------------------------------------------------------------------------------


def test_retry_lets_a_refused_step_be_sent_again(portal, ana, monkeypatch):
    from tests.factories import PurchaseOrderFactory

    order = PurchaseOrderFactory(retailer=portal.retailer)
    with acting_for(portal.retailer_id):
        step = RemoteStep.objects.create(
            connection=portal, order=order, kind="brand", key="k", state=RemoteStep.State.FAILED
        )
        task = engine.ask(portal, f"send-order:{order.pk}")
        SyncTask.objects.filter(pk=task.pk).update(trouble=Trouble.REFUSED)
        engine.retry(task, by=ana)
        step.refresh_from_db()
        task.refresh_from_db()
    assert step.state == RemoteStep.State.PREPARED
    assert (task.trouble, task.asked_by) == ("", ana)


def test_what_is_being_worked_on_cannot_be_dismissed(portal):
    answers = []
    HANDLER.act = lambda job: answers.append(engine.dismiss(job.task))
    task = wanted(portal)
    work(portal.pk)
    assert answers == [False]
    again = wanted(portal)
    assert engine.dismiss(again)
    assert row(task) is None
