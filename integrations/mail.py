"""E-mail is network too: messages are rows, and the worker sends them.

A row is claimed before it is sent and marked afterwards. A worker that dies in between leaves the
claim, and the letter goes out when it lapses: at least once, and hardly ever twice.
"""

import logging
import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integrations import engine, pace
from integrations.models import OutgoingMail
from retailers.scope import current_retailer_id

logger = logging.getLogger(__name__)

MOST_TRIES = 8
A_BATCH = 50
CLAIM = timedelta(minutes=5)


class QueuedEmailBackend(BaseEmailBackend):
    """Django's e-mail door: writes a row and lets the worker do the rest."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [
            OutgoingMail(
                retailer_id=current_retailer_id(),
                to=message.recipients(),
                subject=str(message.subject)[:400],
                message=_as_text(message),
            )
            for message in email_messages
            if message.recipients()
        ]
        OutgoingMail.objects.bulk_create(rows)
        if rows:
            transaction.on_commit(_wake)
        return len(rows)


def _as_text(message: EmailMessage) -> str:
    """The MIME bytes as text; Latin-1 carries every byte there and back unchanged."""
    return message.message().as_bytes().decode("latin-1")


def _wake() -> None:
    engine.enqueue("integrations.tasks.send_mail")


class _Written(EmailMessage):
    """A message that was put together before: it is sent as it stands."""

    def __init__(self, row: OutgoingMail) -> None:
        self._mime: Message = message_from_bytes(row.message.encode("latin-1"))
        super().__init__(subject=row.subject, from_email=str(self._mime["From"]), to=list(row.to))

    def message(self, **_: Any) -> Any:
        return self._mime

    def recipients(self) -> list[str]:
        return list(self.to)


def waiting() -> QuerySet[OutgoingMail]:
    """What is to be sent now and nobody is sending."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())
    return OutgoingMail.objects.filter(free, sent_at=None, tries__lt=MOST_TRIES).order_by("id")


def deliver_waiting() -> int:
    """Send a batch of what waits; the number of letters that went out."""
    sent = 0
    for row in list(waiting()[:A_BATCH]):
        mine = (
            waiting()
            .filter(pk=row.pk)
            .update(claimed_until=timezone.now() + CLAIM, tries=F("tries") + 1)
        )
        if mine:
            sent += _deliver(row, tries=row.tries + 1)
    return sent


def _deliver(row: OutgoingMail, *, tries: int) -> int:
    rows = OutgoingMail.objects.filter(pk=row.pk)
    try:
        get_connection(settings.MAIL_DELIVERY_BACKEND).send_messages([_Written(row)])
    except smtplib.SMTPRecipientsRefused as error:
        refused = [code for code, _ in error.recipients.values()]
        final = bool(refused) and all(code >= 500 for code in refused)
        rows.update(**_not_sent(error, MOST_TRIES if final else tries))
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("E-mail %s could not be sent", row.pk, exc_info=True)
        rows.update(**_not_sent(error, tries))
    else:
        rows.update(sent_at=timezone.now(), claimed_until=None, trouble_text="")
        return 1
    return 0


def _not_sent(error: Exception, tries: int) -> dict[str, Any]:
    """When to try again, and why it did not go out; the last try stays as trouble."""
    return {
        "tries": tries,
        "claimed_until": timezone.now() + pace.back_off(tries),
        "trouble_text": f"{type(error).__name__}: {error}"[:500],
    }
