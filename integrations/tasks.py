"""What the queue may call: numbers in, nothing out, and every call harmless twice or late."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django_q.models import Failure

from integrations import engine, mail, pace, slices
from integrations.models import (
    Connection,
    InboundEvent,
    OAuthState,
    OutgoingMail,
    SyncTask,
    WorkerBeat,
)
from purchasing.models import OrderBody
from retailers.scope import unscoped

logger = logging.getLogger(__name__)

BEAT = "queue"
KEEP_EVENTS = timedelta(days=30)
KEEP_MAIL = timedelta(days=30)
KEEP_BODIES = timedelta(days=30)  # beyond the newest of each order, which stays
POLL_SPREAD_SECONDS = 60


def wake(connection_id: int) -> None:
    """Work this connection's lane for one slice."""
    slices.work(connection_id)


def sweep() -> None:
    """Wake every lane that has something due and is neither worked on nor told to rest.

    This is what makes a lost wake-up harmless; it runs each minute and when a worker starts.
    """
    for connection_id in slices.due_lanes():
        engine.wake(connection_id)
    if mail.waiting().exists():
        engine.enqueue("integrations.tasks.send_mail")


def beat() -> None:
    """Leave a sign of life that went through the whole queue (health.py reads it)."""
    WorkerBeat.beat(BEAT, at=timezone.now(), version=settings.USER_AGENT.partition(" ")[0])


def send_mail() -> None:
    """Deliver the e-mails that wait."""
    mail.deliver_waiting()


def poll() -> None:
    """Ask every connected portal for its orders and every shop for its changes."""
    _revive()
    for connection in _connected():
        kind = "mirror:" if connection.system == Connection.System.XSERIES else "pull-orders:"
        # Spread by number, so that a thousand shops do not call in the same second.
        spread = pace.wait(connection.pk * 7 % POLL_SPREAD_SECONDS)
        engine.ask(connection, kind, not_before=timezone.now() + spread)


def refresh_tokens() -> None:
    """Renew access tokens ahead of their expiry; the task itself decides whether it is time."""
    for connection in _connected():
        if connection.system == Connection.System.XSERIES and not connection.personal_token:
            engine.ask(connection, "refresh-token:")


def prune() -> None:
    """Forget what nobody needs any more."""
    now = timezone.now()
    with unscoped():
        InboundEvent.objects.filter(received__lt=now - KEEP_EVENTS).delete()
        OAuthState.objects.filter(expires__lt=now - timedelta(days=1)).delete()
        newer = OrderBody.objects.filter(
            retailer=OuterRef("retailer"),
            source=OuterRef("source"),
            source_key=OuterRef("source_key"),
            received_at__gt=OuterRef("received_at"),
        )
        old = OrderBody.objects.filter(Exists(newer), received_at__lt=now - KEEP_BODIES)
        old.delete()
    OutgoingMail.objects.filter(sent_at__lt=now - KEEP_MAIL).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    Failure.objects.filter(stopped__lt=now - KEEP_EVENTS).delete()


def _connected() -> list[Connection]:
    with unscoped():
        rows = Connection.objects.filter(state=Connection.State.ACTIVE, retailer__active=True)
        return list(rows.select_related("retailer").order_by("id"))


def _revive() -> None:
    """Recurring work that stopped on a fault of ours or theirs an hour ago begins afresh."""
    recurring = Q()
    for kind in engine.RECURRING:
        recurring |= Q(subject__startswith=f"{kind}:")
    faults = (
        SyncTask.Trouble.INTERNAL,
        SyncTask.Trouble.REFUSED,
        SyncTask.Trouble.UNREACHABLE,
    )
    with unscoped():
        SyncTask.objects.filter(
            recurring, trouble__in=faults, not_before__lte=timezone.now(), claimed_at=None
        ).update(trouble="", trouble_text="", trouble_facts={}, attempts=0)
