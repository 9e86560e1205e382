"""E-mail is network too: messages are rows, and the worker sends them."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from integrations.models import OutgoingMail
from retailers.scope import current_retailer_id


class QueuedEmailBackend(BaseEmailBackend):
    """Django's e-mail door: writes a row and lets the worker do the rest."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [
            OutgoingMail(
                retailer_id=current_retailer_id(),
                to=message.recipients(),
                subject=str(message.subject)[:400],
                message=message.message().as_string(),
            )
            for message in email_messages
            if message.recipients()
        ]
        OutgoingMail.objects.bulk_create(rows)
        return len(rows)
