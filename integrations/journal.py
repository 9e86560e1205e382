"""The write protocol: every remote write is a row first, is looked for, and is sent once.

    S0  a deterministic key                      S5  mark it sent, durably, before the first byte
    S1  one row for it (the database insists)    S6  send, once
    S2  done already? then that is all           S7  classify the outcome
    S3  outcome open? wait until it has settled  S8  done: row, links and consequences together
    S4  look whether it is there: adopt it       S9  the caller reads the whole order back

A kill between any two of these leaves a state from which the next run converges to the same
effect; docs/architecture.md has the table, tests/crash proves it point by point.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import pace, transport
from integrations.crash import crash_point
from integrations.engine import Job, Later, Stop
from integrations.errors import (
    Exists,
    Forbidden,
    NotSent,
    RateLimited,
    Refused,
    RemoteError,
    Unauthorised,
)
from integrations.models import RemoteStep, SyncTask

MOST_SENDS = 3
State = RemoteStep.State
_OPEN = (State.SENT, State.AMBIGUOUS)


@dataclass(frozen=True)
class Found:
    """One thing at the other side; `mine` is False when it was there before we first sent."""

    remote_id: str
    result: dict[str, Any] = field(default_factory=dict)
    mine: bool = True


class Write(Protocol):
    """One kind of remote write; the protocol around it is the same for all.

    `key` comes from our data, never from chance or the clock. `confirm_twice`: after an unknown
    outcome, one look that finds nothing is not believed until a second one, half a minute later.
    """

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def order_id(self) -> int | None: ...
    @property
    def delivery_id(self) -> int | None: ...
    @property
    def confirm_twice(self) -> bool: ...

    def payload(self) -> Any:
        """What will be sent; its hash tells whether a refused one has changed."""

    def probe(self) -> dict[str, Any]:
        """What a later look needs to know of the time before the first send."""

    def look(self, probe: dict[str, Any]) -> list[Found]:
        """Is it there? Reads only. An empty probe: nothing has been sent yet."""

    def send(self, payload: Any) -> Found:
        """Exactly one remote write."""

    def record(self, found: Found) -> None:
        """Our consequences (links …), in the transaction that marks the step done."""


def perform(job: Job, write: Write) -> RemoteStep:
    """Have this written once, whatever fails; returns the done step.

    Raises Later (outcome open, waits), Stop (a person decides), Refused (they said no: the step
    is `failed` and the same payload is not sent again), or the RemoteError that kept it from
    being sent, for the engine to back off.
    """
    job.keep_going()
    payload = write.payload()
    crash_point("S0")
    step = _intend(job, write, _hash_of(payload))
    if step.state == State.DONE:
        return step
    was_open = step.state in _OPEN
    if was_open:
        _let_settle(step)
    found = _look(job, step, write)
    crash_point("S4")
    if found is not None:
        return _complete(job, step, write, found)
    if was_open:
        _confirm_absence(job, step, write)
    if step.tries >= MOST_SENDS:
        _ambiguous(job, step, _("Sent three times, and it still cannot be found."))
    return _send(job, step, write, payload)


# --- S0 to S2: the intent ------------------------------------------------------------------------


def _intend(job: Job, write: Write, payload_hash: str) -> RemoteStep:
    """The one row for this write; a refused payload is refused again without asking them."""
    with job.writing():
        step, _made = RemoteStep.objects.get_or_create(
            connection=job.connection,
            kind=write.kind,
            key=write.key,
            generation=write.generation,
            defaults={
                "retailer_id": job.connection.retailer_id,
                "order_id": write.order_id,
                "delivery_id": write.delivery_id,
                "title": write.title[:300],
                "payload_hash": payload_hash,
            },
        )
        changed = step.payload_hash != payload_hash
        if step.state == State.DROPPED or (step.state == State.FAILED and changed):
            _set(step, state=State.PREPARED, tries=0, trouble_text="")
        if step.state == State.PREPARED and changed:
            _set(step, payload_hash=payload_hash)
    crash_point("S1")
    if step.state == State.FAILED:
        raise Refused(step.trouble_text, status=step.http_status)
    return step


def _set(step: RemoteStep, **changes: Any) -> None:
    """Change the row and our copy of it."""
    RemoteStep.objects.filter(pk=step.pk).update(**changes, updated=timezone.now())
    for name, value in changes.items():
        setattr(step, name, value)


def _hash_of(payload: Any) -> str:
    text = json.dumps(payload, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


# --- S3 and S4: settle and look ------------------------------------------------------------------


def _let_settle(step: RemoteStep) -> None:
    """A killed or cut-off request may still be at work over there: looking now would not see it."""
    settled = (step.sent_at or timezone.now()) + pace.wait(pace.SETTLE_SECONDS)
    if timezone.now() < settled:
        raise Later(settled, _("%s: the outcome is not known yet.") % (step.title or step.kind))


def _look(job: Job, step: RemoteStep, write: Write) -> Found | None:
    """The one that is there and ours, None when nothing is; otherwise a person decides."""
    adopted = step.result.get("adopt", "")
    apart = set(step.result.get("apart", ()))
    hits = [hit for hit in write.look(step.probe) if hit.remote_id not in apart]
    mine = [hit for hit in hits if hit.mine or hit.remote_id == adopted]
    if len(mine) == 1:
        return mine[0]
    if mine:
        _ambiguous(
            job,
            step,
            _("There are %d of them there; one was wanted.") % len(mine),
            found=[hit.remote_id for hit in mine],
        )
    if hits:
        raise Stop(
            SyncTask.Trouble.DECISION,
            _("%s: something like it was there before. Is it the same?")
            % (step.title or step.kind),
            {"step": step.pk, "found": [hit.remote_id for hit in hits]},
        )
    return None


def decide(step: RemoteStep, *, adopt: str = "", apart: tuple[str, ...] = ()) -> None:
    """A person's answer to "is it the same?": adopt that one, or keep those apart."""
    kept = sorted({*step.result.get("apart", ()), *apart})
    _set(step, result={**step.result, "adopt": adopt, "apart": kept})


def _confirm_absence(job: Job, step: RemoteStep, write: Write) -> None:
    """Nothing there after an unknown outcome: believed at once, or after a second look."""
    if not write.confirm_twice:
        return
    confirm = pace.wait(pace.CONFIRM_SECONDS)
    first: datetime | None = step.looked_at
    if first is not None and timezone.now() >= first + confirm:
        return
    if first is None:
        first = timezone.now()
        with job.writing():
            _set(step, looked_at=first)
    raise Later(
        first + confirm,
        _("%s: not found after an unknown outcome; looking once more.") % (step.title or step.kind),
    )


def _ambiguous(job: Job, step: RemoteStep, text: str, **facts: Any) -> NoReturn:
    """Only a person can tell; nothing more is sent."""
    with job.writing():
        _set(step, state=State.AMBIGUOUS, trouble_text=text)
    said = f"{step.title or step.kind}: {text}"
    raise Stop(SyncTask.Trouble.AMBIGUOUS, said, {"step": step.pk, **facts})


# --- S5 to S8: send and record -------------------------------------------------------------------


def _send(job: Job, step: RemoteStep, write: Write, payload: Any) -> RemoteStep:
    # The first probe is kept: an early send that shows up late must still be seen as ours.
    first = not step.probe
    with job.writing(durable=True):
        _set(
            step,
            state=State.SENT,
            sent_at=timezone.now(),
            looked_at=None,
            tries=step.tries + 1,
            probe=write.probe() if first else step.probe,
            payload_hash=_hash_of(payload),
            trouble_text="",
        )
    crash_point("S5")
    transport.last_answer.set(None)
    with job.sending():
        job.keep_going()
        try:
            found = write.send(payload)
        except RemoteError as error:
            crash_point("S7")
            return _not_done(job, step, write, error, first=first)
        crash_point("S6")
        return _complete(job, step, write, found, transport.last_answer.get())


def _complete(
    job: Job, step: RemoteStep, write: Write, found: Found, answer: transport.Wire | None = None
) -> RemoteStep:
    """S8: the row, its links and its consequences become true together."""
    with job.writing():
        write.record(found)
        _set(
            step,
            state=State.DONE,
            remote_id=found.remote_id,
            result={**step.result, **found.result},
            http_status=answer.status if answer else None,
            response_digest=answer.digest if answer else "",
            trouble_text="",
        )
        SyncTask.objects.filter(pk=job.task.pk).exclude(crashes=0).update(crashes=0)
    crash_point("S8")
    return step


def _not_done(
    job: Job, step: RemoteStep, write: Write, error: RemoteError, *, first: bool
) -> RemoteStep:
    """S7: what the failure means for the row; raises what the engine has to know."""
    # An empty probe says that nothing of this was ever sent: true again after a definite no.
    probe = {} if first else step.probe
    status = error.status
    match error:
        case NotSent() | RateLimited() | Unauthorised() | Forbidden():
            changes = {"state": State.PREPARED, "tries": step.tries - 1, "probe": probe}
        case Exists():
            return _said_to_exist(job, step, write, error)
        case Refused():
            changes = {"state": State.FAILED, "trouble_text": str(error), "probe": probe}
        case _:
            changes = {"state": State.AMBIGUOUS, "trouble_text": str(error)}
    with job.writing():
        _set(step, http_status=status, **changes)
    if step.state == State.AMBIGUOUS:
        _let_settle(step)  # else it took longer than settling: the engine backs off, then we look
    raise error


def _said_to_exist(job: Job, step: RemoteStep, write: Write, error: Exists) -> RemoteStep:
    """They say there is one: find it and adopt it; if it cannot be found, that is unclear."""
    with job.writing():
        _set(step, state=State.AMBIGUOUS, trouble_text=str(error), http_status=error.status)
    found = _look(job, step, write)
    if found is not None:
        return _complete(job, step, write, found)
    _let_settle(step)
    raise error
