"""What the clock does: schedules, sweeping, polling, beating, pruning; and is it healthy."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from integrations import engine, schedules, tasks
from integrations.models import Connection, InboundEvent, Lane, OutgoingMail, SyncTask, WorkerBeat
from integrations.schedules import SCHEDULES
from retailers.scope import acting_for, unscoped
from tests.integrations.engine_kit import HANDLER, KIND, connected, wanted, work

pytestmark = pytest.mark.django_db
Trouble = SyncTask.Trouble


@pytest.fixture(autouse=True)
def waked(monkeypatch):
    """What was handed to the queue."""
    seen = []
    monkeypatch.setitem(engine.HANDLERS, KIND, "tests.integrations.engine_kit.handle")
    monkeypatch.setattr(engine, "async_task", lambda path, *numbers: seen.append((path, *numbers)))
    HANDLER.seen, HANDLER.act = [], lambda job: None
    return seen


@pytest.fixture
def portal(shop):
    return connected(shop)


def lanes_waked(waked):
    return [numbers[0] for path, *numbers in waked if path.endswith(".wake")]


# --- schedules ---------------------------------------------------------------------------------


def test_every_schedule_names_a_task_that_exists():
    for one in SCHEDULES:
        assert callable(getattr(tasks, one.task))


def test_the_rows_are_made_to_agree_with_the_list():
    Schedule.objects.all().delete()
    Schedule.objects.create(name="po-sync: forgotten", func="integrations.tasks.gone")
    Schedule.objects.create(name="po-sync: beat", func="elsewhere", minutes=99)
    Schedule.objects.create(name="po-sync: beat", func="twice")
    Schedule.objects.create(name="somebody else's", func="other.app")
    schedules.ensure()
    schedules.ensure()
    rows = {row.name: row for row in Schedule.objects.all()}
    assert set(rows) == {one.name for one in SCHEDULES} | {"somebody else's"}
    assert Schedule.objects.count() == len(SCHEDULES) + 1
    assert (rows["po-sync: beat"].func, rows["po-sync: beat"].minutes) == (
        "integrations.tasks.beat",
        1,
    )


def test_when_a_schedule_next_runs_is_left_alone():
    schedules.ensure()
    later = timezone.now() + timedelta(minutes=4)
    Schedule.objects.update(next_run=later)
    schedules.ensure()
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {later}


def test_a_worker_that_starts_sweeps_at_once(waked):
    schedules._worker_started()
    assert ("integrations.tasks.sweep",) in waked


# --- sweeping ----------------------------------------------------------------------------------


def test_e15_a_lost_wake_up_is_found(portal, waked):
    wanted(portal)
    waked.clear()
    tasks.sweep()
    assert lanes_waked(waked) == [portal.pk]


def test_the_sweeper_leaves_alone_what_needs_no_waking(shop, waked):
    """Busy, resting, not yet due, in trouble, switched off, waiting for a reconnect."""
    now, soon = timezone.now(), timezone.now() + timedelta(minutes=1)
    lines = [connected(shop) for _ in range(6)]
    for line in lines:
        wanted(line)
    busy, resting, early, troubled, off, lost = lines
    Lane.objects.filter(connection=busy).update(claim_until=soon)
    Lane.objects.filter(connection=resting).update(paused_until=soon)
    with unscoped():
        SyncTask.objects.filter(connection=early).update(not_before=soon)
        SyncTask.objects.filter(connection=troubled).update(trouble=Trouble.REFUSED)
        Connection.objects.filter(pk=off.pk).update(state="off")
        Connection.objects.filter(pk=lost.pk).update(state="reconnect")
    waked.clear()
    tasks.sweep()
    assert waked == []
    Lane.objects.update(claim_until=now, paused_until=now)
    tasks.sweep()
    assert lanes_waked(waked) == [busy.pk, resting.pk]


def test_the_sweeper_wakes_the_urgent_first(shop, waked):
    slow, urgent = connected(shop), connected(shop)
    wanted(slow)
    wanted(urgent, priority=SyncTask.PRIORITY_PERSON)
    waked.clear()
    tasks.sweep()
    assert lanes_waked(waked) == [urgent.pk, slow.pk]


def test_an_inactive_shop_is_not_swept(portal, shop, waked):
    wanted(portal)
    shop.active = False
    shop.save()
    waked.clear()
    tasks.sweep()
    assert waked == []


def test_the_end_of_a_slice_wakes_those_that_gave_way(portal, shop, waked):
    other = connected(shop)
    wanted(portal)
    wanted(other)
    waked.clear()
    work(portal.pk)
    assert lanes_waked(waked) == [other.pk]


# --- polling -----------------------------------------------------------------------------------


def test_the_clock_asks_every_connected_account(shop, other_shop):
    portal = connected(shop)
    pos = connected(other_shop, system=Connection.System.XSERIES)
    with unscoped():
        Connection.objects.create(retailer=shop, system="nuorder", state="new", name="not yet")
    tasks.poll()
    tasks.poll()
    tasks.refresh_tokens()
    with unscoped():
        asked = set(SyncTask.objects.values_list("connection_id", "subject"))
    assert {(portal.pk, "pull-orders:"), (pos.pk, "mirror:"), (pos.pk, "refresh-token:")} <= asked
    assert len(asked) == 3


def test_polls_are_spread(shop, settings):
    settings.SYNC_TIME_SCALE = 1.0
    for _ in range(20):
        connected(shop)
    tasks.poll()
    with unscoped():
        moments = set(SyncTask.objects.values_list("not_before", flat=True))
    assert max(moments) - min(moments) > timedelta(seconds=30)


def test_recurring_work_that_stopped_on_a_fault_begins_afresh_after_an_hour(portal, monkeypatch):
    task = engine.ask(portal, "pull-orders:")
    with unscoped():
        rows = SyncTask.objects.filter(pk=task.pk)
        rows.update(
            trouble=Trouble.INTERNAL, not_before=timezone.now() + timedelta(minutes=59), attempts=3
        )
        tasks.poll()
        assert rows.get().trouble == Trouble.INTERNAL
        rows.update(not_before=timezone.now() - timedelta(seconds=1))
        tasks.poll()
        assert rows.get().trouble == ""


def test_poison_is_not_revived(portal):
    task = engine.ask(portal, "pull-orders:")
    with unscoped():
        SyncTask.objects.filter(pk=task.pk).update(trouble=Trouble.POISON)
        tasks.poll()
        assert SyncTask.objects.get(pk=task.pk).trouble == Trouble.POISON


def test_pruning_keeps_what_is_young(portal, shop):
    with acting_for(shop):
        for days in (1, 40):
            event = InboundEvent.objects.create(connection=portal, dedupe_key=str(days))
            InboundEvent.objects.filter(pk=event.pk).update(
                received=timezone.now() - timedelta(days=days)
            )
    OutgoingMail.objects.create(
        to=["a@example.com"],
        subject="old",
        message="m",
        sent_at=timezone.now() - timedelta(days=40),
    )
    OutgoingMail.objects.create(to=["a@example.com"], subject="waits", message="m")
    tasks.prune()
    with unscoped():
        assert InboundEvent.objects.get().dedupe_key == "1"
    assert OutgoingMail.objects.get().subject == "waits"


# --- health ------------------------------------------------------------------------------------


def test_healthz_asks_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert answer.json() == {"ok": True}


def test_readyz_wants_a_beat_through_the_queue():
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "worker" in answer.json()["wrong"]
    tasks.beat()
    wrong = Client().get("/readyz").json()["wrong"]
    assert "worker" not in wrong
    assert "database" not in wrong
    assert "queue" not in wrong


def test_worker_health_fails_when_the_beat_is_old():
    tasks.beat()
    call_command("worker_health")
    WorkerBeat.objects.update(last_seen=timezone.now() - timedelta(minutes=4))
    with pytest.raises(CommandError, match="three minutes"):
        call_command("worker_health")


def test_the_sweep_command_sweeps(portal, waked):
    wanted(portal)
    waked.clear()
    call_command("sweep")
    assert lanes_waked(waked) == [portal.pk]


# --- keys --------------------------------------------------------------------------------------


def test_c14_keys_are_rotated_and_a_lost_one_stops_with_a_sentence(portal, settings, capsys):
    from cryptography.fernet import Fernet
    from django.db import connection as database

    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    with unscoped():
        Connection.objects.filter(pk=portal.pk).update(token="secret-token")
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_keys")
    settings.FIELD_KEYS = [new]
    with unscoped():
        assert Connection.objects.get(pk=portal.pk).token == "secret-token"
    with database.cursor() as cursor:
        cursor.execute("select token from integrations_connection where id = %s", [portal.pk])
        assert "secret-token" not in cursor.fetchone()[0]
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="does not hold"):
        call_command("rotate_keys")


def test_new_key_is_a_key(capsys):
    from cryptography.fernet import Fernet

    call_command("new_key")
    Fernet(capsys.readouterr().out.strip())
