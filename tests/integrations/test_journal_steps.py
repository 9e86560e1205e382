"""The write protocol step by step, one outcome at a time (write protocol 3.1 to 3.3)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations import lanes
from integrations.engine import Job, Later, SliceOver, Stop
from integrations.errors import (
    Exists,
    Forbidden,
    Missing,
    NotSent,
    RateLimited,
    Refused,
    Unauthorised,
    Unknown,
    Unreadable,
)
from integrations.journal import Found, decide, perform
from integrations.lanes import LostLane
from integrations.models import Lane, RemoteLink, RemoteStep, SyncTask
from retailers.scope import acting_for
from tests.integrations.engine_kit import connected, wanted

pytestmark = pytest.mark.django_db
State, Trouble = RemoteStep.State, SyncTask.Trouble


@dataclass
class Brand:
    """A write to a pretended other side, which keeps `there` and can be told how to answer."""

    job: Job
    name: str = "Northlight"
    there: list[Found] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)
    hidden: bool = False
    sent: list[Any] = field(default_factory=list)
    probes: list[dict[str, Any]] = field(default_factory=list)

    kind: ClassVar[str] = "brand"
    generation: ClassVar[int] = 1
    order_id: ClassVar[int | None] = None
    delivery_id: ClassVar[int | None] = None
    confirm_twice: ClassVar[bool] = True

    @property
    def key(self) -> str:
        return f"brand:{self.name}"

    @property
    def title(self) -> str:
        return f"Brand {self.name}"

    def payload(self) -> Any:
        return {"name": self.name}

    def probe(self) -> dict[str, Any]:
        return {"version": 7 + len(self.sent)}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.probes.append(probe)
        return [] if self.hidden else list(self.there)

    def send(self, payload: Any) -> Found:
        self.sent.append(payload)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Unknown):
                self.there.append(Found(f"b{len(self.sent)}"))
            raise answer
        self.there.append(Found(f"b{len(self.sent)}"))
        return self.there[-1]

    def record(self, found: Found) -> None:
        RemoteLink.objects.create(
            connection=self.job.connection, kind="brand", local_id=1, remote_id=found.remote_id
        )


@pytest.fixture
def job(in_shop):
    portal = connected(in_shop)
    task = wanted(portal)
    return Job(task, portal, lanes.claim(portal.pk))


@pytest.fixture
def brand(job):
    return Brand(job)


def step():
    return RemoteStep.objects.get()


def pass_time(minutes=10):
    """As if so much time had gone by since the last send and the last look."""
    for row in RemoteStep.objects.all():
        for name in ("sent_at", "looked_at"):
            if getattr(row, name):
                setattr(row, name, getattr(row, name) - timedelta(minutes=minutes))
        row.save()


def try_again(brand):
    """Perform and give back what was raised, if anything."""
    try:
        perform(brand.job, brand)
    except (Later, Stop, Exists, Refused, Unknown, Unreadable) as error:
        return error
    return None


# --- the happy path ----------------------------------------------------------------------------


def test_once_written_it_is_done_and_linked(brand):
    done = perform(brand.job, brand)
    assert (done.state, done.remote_id, done.tries) == (State.DONE, "b1", 1)
    assert RemoteLink.objects.get().remote_id == "b1"
    perform(brand.job, brand)
    assert len(brand.sent) == 1


def test_what_is_there_already_is_adopted_and_nothing_is_sent(brand):
    brand.there = [Found("theirs")]
    assert perform(brand.job, brand).remote_id == "theirs"
    assert brand.sent == []


def test_before_the_first_send_a_look_gets_an_empty_probe(brand):
    perform(brand.job, brand)
    assert brand.probes == [{}]


def test_the_mark_is_stored_before_the_first_byte_leaves(brand):
    seen = []
    send = brand.send
    brand.send = lambda payload: (seen.append(step().state), send(payload))[1]
    perform(brand.job, brand)
    assert seen == [State.SENT]


@pytest.mark.django_db(transaction=True)
def test_the_mark_cannot_be_stored_inside_somebody_elses_transaction(brand):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        perform(brand.job, brand)
    assert brand.sent == []


def test_two_intents_for_one_thing_are_forbidden_by_the_database(brand):
    perform(brand.job, brand)
    twin = step()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


# --- nothing was done --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        NotSent("nobody answers"),
        RateLimited("429", until=timezone.now()),
        Unauthorised("401"),
        Forbidden("403"),
    ],
)
def test_what_was_not_done_is_planned_again_without_waiting(brand, error):
    brand.answers = [error]
    with pytest.raises(type(error)):
        perform(brand.job, brand)
    assert (step().state, step().tries, step().probe) == (State.PREPARED, 0, {})
    assert perform(brand.job, brand).state == State.DONE
    assert len(brand.sent) == 2


@pytest.mark.parametrize("error", [Refused("422", status=422), Missing("404", status=404)])
def test_a_refused_payload_is_not_sent_again_but_a_changed_one_is(brand, error):
    brand.answers = [error]
    with pytest.raises(Refused):
        perform(brand.job, brand)
    assert step().state == State.FAILED
    with pytest.raises(Refused):
        perform(brand.job, brand)
    assert len(brand.sent) == 1
    brand.payload = lambda: {"name": "Northlight", "fixed": True}
    assert perform(brand.job, brand).state == State.DONE
    assert len(brand.sent) == 2


# --- the outcome is open -----------------------------------------------------------------------


@pytest.mark.parametrize("error", [Unknown("reset"), Unreadable("no JSON")])
def test_an_open_outcome_waits_until_it_has_settled(brand, error):
    brand.answers = [error]
    parked = try_again(brand)
    assert isinstance(parked, Later)
    assert timedelta(seconds=100) < parked.until - timezone.now() <= timedelta(seconds=120)
    assert step().state == State.AMBIGUOUS
    assert isinstance(try_again(brand), Later)
    assert len(brand.sent) == 1


def test_what_was_done_after_all_is_adopted(brand):
    brand.answers = [Unknown("answer lost")]
    try_again(brand)
    pass_time()
    assert perform(brand.job, brand).remote_id == "b1"
    assert len(brand.sent) == 1


def test_nothing_found_is_believed_only_after_a_second_look(brand):
    brand.answers = [Unreadable("cut")]
    try_again(brand)
    pass_time()
    second = try_again(brand)
    assert isinstance(second, Later)
    assert timedelta(seconds=20) < second.until - timezone.now() <= timedelta(seconds=30)
    assert len(brand.sent) == 1
    pass_time()
    assert perform(brand.job, brand).state == State.DONE
    assert len(brand.sent) == 2


def test_one_look_will_do_where_the_write_says_so(brand, monkeypatch):
    monkeypatch.setattr(Brand, "confirm_twice", False)
    brand.answers = [Unreadable("cut")]
    try_again(brand)
    pass_time()
    assert perform(brand.job, brand).state == State.DONE


def test_the_first_probe_is_kept_for_every_later_look(brand):
    brand.answers = [Unreadable("cut"), Unreadable("cut")]
    for _ in range(5):
        try_again(brand)
        pass_time()
    assert brand.probes[0] == {}
    assert {probe["version"] for probe in brand.probes[1:]} == {7}


def test_after_three_sends_a_person_decides(brand):
    brand.answers = [Unreadable("cut")] * 5
    for _ in range(12):
        stopped = try_again(brand)
        pass_time()
    assert isinstance(stopped, Stop)
    assert stopped.trouble == Trouble.AMBIGUOUS
    assert len(brand.sent) == 3


def test_two_of_them_are_never_chosen_from(brand):
    brand.there = [Found("a"), Found("b")]
    stopped = try_again(brand)
    assert stopped.trouble == Trouble.AMBIGUOUS
    assert stopped.facts["found"] == ["a", "b"]
    assert brand.sent == []


# --- they say it exists ------------------------------------------------------------------------


def test_a24_exists_and_it_is_there(brand):
    brand.answers = [Exists("409")]
    brand.hidden = True
    send = brand.send

    def taken(payload):
        brand.hidden = False
        brand.there = [Found("theirs")]
        return send(payload)

    brand.send = taken
    assert perform(brand.job, brand).remote_id == "theirs"


def test_a24_exists_and_it_cannot_be_found(brand):
    brand.answers = [Exists("409")] * 5
    assert isinstance(try_again(brand), Later)
    assert step().state == State.AMBIGUOUS
    for _ in range(12):
        pass_time()
        stopped = try_again(brand)
    assert stopped.trouble == Trouble.AMBIGUOUS


# --- something like it was there before --------------------------------------------------------


def test_a_person_says_it_is_the_same(brand):
    brand.there = [Found("old", mine=False)]
    stopped = try_again(brand)
    assert stopped.trouble == Trouble.DECISION
    decide(step(), adopt="old")
    assert perform(brand.job, brand).remote_id == "old"
    assert brand.sent == []


def test_a_person_keeps_them_apart(brand):
    brand.there = [Found("old", mine=False)]
    try_again(brand)
    decide(step(), apart=("old",))
    assert perform(brand.job, brand).remote_id == "b1"


# --- the fence ---------------------------------------------------------------------------------


def steal(job):
    """Another worker takes the lane, as it may when the lease has lapsed."""
    Lane.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert lanes.claim(job.connection.pk)


def test_e9_who_lost_the_lane_while_sending_writes_nothing_here(brand):
    send = brand.send
    brand.send = lambda payload: (steal(brand.job), send(payload))[1]
    with pytest.raises(LostLane):
        perform(brand.job, brand)
    assert step().state == State.SENT
    assert not RemoteLink.objects.exists()


def test_who_lost_the_lane_before_sending_sends_nothing(brand):
    steal(brand.job)
    with pytest.raises(LostLane):
        perform(brand.job, brand)
    assert brand.sent == []


def test_who_lost_the_lane_between_mark_and_send_sends_nothing(brand):
    mark = brand.job.sending

    def stolen():
        steal(brand.job)
        return mark()

    brand.job.sending = stolen
    with pytest.raises(LostLane):
        perform(brand.job, brand)
    assert brand.sent == []


def test_the_new_holder_waits_for_what_the_old_one_may_have_sent(brand):
    """And a failed record takes the mark back with it: done and linked, or neither."""
    brand.record = lambda found: 1 / 0
    with pytest.raises(ZeroDivisionError):
        perform(brand.job, brand)
    assert step().state == State.SENT
    del brand.record
    assert isinstance(try_again(brand), Later)
    pass_time()
    assert perform(brand.job, brand).remote_id == "b1"
    assert len(brand.sent) == 1


def test_a_slice_that_is_over_ends_before_anything_is_marked(brand):
    brand.job.fence.began -= 100
    with pytest.raises(SliceOver):
        perform(brand.job, brand)
    assert not RemoteStep.objects.exists()


def test_a_done_step_forgets_earlier_crashes_of_its_task(brand):
    SyncTask.objects.update(crashes=2)
    perform(brand.job, brand)
    assert SyncTask.objects.get().crashes == 0


def test_a_step_belongs_to_its_shop(brand, other_shop):
    perform(brand.job, brand)
    with acting_for(other_shop):
        assert not RemoteStep.objects.exists()
