"""E-mail goes through rows: claimed, sent by the worker, tried again."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from integrations import engine, mail
from integrations.models import OutgoingMail
from retailers.scope import acting_for

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
BROKEN = "tests.integrations.test_engine_mail.Broken"


class Broken(BaseEmailBackend):
    """A server that answers with what the test wants."""

    error: Exception = OSError("no route")

    def send_messages(self, messages):
        raise self.error


@pytest.fixture(autouse=True)
def queued(settings, monkeypatch):
    settings.EMAIL_BACKEND = "integrations.mail.QueuedEmailBackend"
    settings.MAIL_DELIVERY_BACKEND = LOCMEM
    monkeypatch.setattr(engine, "async_task", lambda *args: None)


def letter(subject="Café", to=("ana@example.com",)):
    send_mail(subject, "Grüße", "po@example.com", list(to))
    return OutgoingMail.objects.get(subject=subject)


def test_nothing_is_sent_in_the_request_and_everything_by_the_worker():
    letter()
    assert outbox.outbox == []
    assert mail.deliver_waiting() == 1
    sent = outbox.outbox[0].message()
    assert sent["To"] == "ana@example.com"
    assert "Grüße" in sent.get_payload(decode=True).decode()
    assert mail.deliver_waiting() == 0


def test_the_letter_of_a_shop_belongs_to_it_and_is_sealed(shop, django_db_blocker):
    from django.db import connection as database

    with acting_for(shop):
        row = letter()
    assert row.retailer == shop
    with database.cursor() as cursor:
        cursor.execute("select message from integrations_outgoingmail")
        assert "ana@example.com" not in cursor.fetchone()[0]


def test_attachments_and_other_parts_survive():
    message = EmailMultiAlternatives("Both", "plain", "po@example.com", ["ana@example.com"])
    message.attach_alternative("<p>rich</p>", "text/html")
    message.attach("a.csv", b"1,2", "text/csv")
    message.send()
    mail.deliver_waiting()
    parts = [part.get_content_type() for part in outbox.outbox[0].message().walk()]
    assert parts.count("text/plain") == parts.count("text/html") == parts.count("text/csv") == 1


def test_a_server_that_is_down_is_tried_again_later(settings):
    settings.MAIL_DELIVERY_BACKEND = BROKEN
    row = letter()
    assert mail.deliver_waiting() == 0
    row.refresh_from_db()
    assert row.tries == 1
    assert row.claimed_until > timezone.now()
    assert "no route" in row.trouble_text
    settings.MAIL_DELIVERY_BACKEND = LOCMEM
    assert mail.deliver_waiting() == 0, "not before its time"
    OutgoingMail.objects.update(claimed_until=timezone.now())
    assert mail.deliver_waiting() == 1


def test_after_eight_tries_it_stays_with_its_reason(settings):
    settings.MAIL_DELIVERY_BACKEND = BROKEN
    row = letter()
    for _ in range(12):
        mail.deliver_waiting()
        OutgoingMail.objects.update(claimed_until=None)
    row.refresh_from_db()
    assert row.tries == mail.MOST_TRIES
    assert row.trouble_text
    assert not mail.waiting().exists()


def test_an_address_that_does_not_exist_is_not_tried_again(settings, monkeypatch):
    settings.MAIL_DELIVERY_BACKEND = BROKEN
    refused = {"ana@example.com": (550, b"no such user")}
    monkeypatch.setattr(Broken, "error", smtplib.SMTPRecipientsRefused(refused))
    letter()
    mail.deliver_waiting()
    OutgoingMail.objects.update(claimed_until=None)
    assert not mail.waiting().exists()


def test_one_bad_letter_does_not_hold_up_the_next(settings, monkeypatch):
    first, second = letter("first"), letter("second")
    deliver = mail._deliver

    def odd(row, *, tries):
        if row.pk == first.pk:
            raise KeyboardInterrupt  # as a kill would, in the middle of a letter
        return deliver(row, tries=tries)

    monkeypatch.setattr(mail, "_deliver", odd)
    with pytest.raises(KeyboardInterrupt):
        mail.deliver_waiting()
    assert mail.deliver_waiting() == 1, "the first is claimed by the worker that died with it"
    second.refresh_from_db()
    assert second.sent_at


def test_what_another_worker_sends_is_left_alone():
    letter()
    OutgoingMail.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert mail.deliver_waiting() == 0
