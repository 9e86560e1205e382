"""Signing in: one answer for everybody who may not, and an end to sessions that should have one."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from retailers.models import Retailer, User

pytestmark = pytest.mark.django_db
RIGHT, WRONG, NEW = "a-long-right-password", "a-long-wrong-password", "another-long-password-7"


@pytest.fixture
def buyer(ana: User) -> User:
    """Ana, with a password of her own."""
    ana.set_password(RIGHT)
    ana.save()
    return ana


def sign_in(email: str, password: str, browser: Client | None = None) -> Any:
    browser = browser or Client()
    return browser.post(reverse("account_login"), {"login": email, "password": password})


def is_in(browser: Client) -> bool:
    return browser.get(reverse("home")).status_code == 200


def words_of(answer: Any) -> str:
    """The page without what differs from one request to the next."""
    text = re.sub(r'(nonce|value|hx-headers)=(["\']).*?\2', "", answer.content.decode(), flags=re.S)
    return text.replace("ana@example.com", "").replace("nobody@example.com", "")


def test_an_unknown_person_and_a_wrong_password_get_one_answer(buyer: User) -> None:
    known, unknown = sign_in("ana@example.com", WRONG), sign_in("nobody@example.com", WRONG)
    assert known.status_code == unknown.status_code == 200
    assert words_of(known) == words_of(unknown)


def test_a_forgotten_password_gets_one_answer(buyer: User) -> None:
    address = reverse("account_reset_password")
    known = Client().post(address, {"email": "ana@example.com"})
    unknown = Client().post(address, {"email": "nobody@example.com"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )


def test_five_wrong_passwords_and_nobody_gets_in_for_a_while(
    buyer: User, settings: Any, time_machine: Any
) -> None:
    """Counted by account, and by account and address; a pause, never for good."""
    settings.AXES_ENABLED = True
    answers = [sign_in(buyer.email, WRONG) for _ in range(5)]
    assert answers[-1].status_code == 429
    for browser in (Client(), Client(REMOTE_ADDR="198.51.100.7")):
        sign_in(buyer.email, RIGHT, browser)
        assert not is_in(browser)
    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    later = Client()
    sign_in(buyer.email, RIGHT, later)
    assert is_in(later)


def test_signing_in_takes_a_new_session(buyer: User, settings: Any) -> None:
    browser = Client()
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    sign_in(buyer.email, RIGHT, browser)
    assert is_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_a_new_password_ends_all_other_sessions(buyer: User) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(buyer.email, RIGHT, browser)
    changed = here.post(
        reverse("account_change_password"),
        {"oldpassword": RIGHT, "password1": NEW, "password2": NEW},
    )
    assert changed.status_code == 302
    assert not is_in(there)


def test_g7_somebody_switched_off_is_out_at_once(buyer: User) -> None:
    browser = Client()
    sign_in(buyer.email, RIGHT, browser)
    User.objects.filter(pk=buyer.pk).update(is_active=False)
    assert not is_in(browser)
    again = Client()
    sign_in(buyer.email, RIGHT, again)
    assert not is_in(again)


def test_g7_a_shop_switched_off_lets_nobody_in(buyer: User, shop: Retailer) -> None:
    browser = Client()
    sign_in(buyer.email, RIGHT, browser)
    assert is_in(browser)
    Retailer.objects.filter(pk=shop.pk).update(active=False)
    assert not is_in(browser)


def reset_link() -> str:
    (letter,) = mail.outbox
    found = re.search(r"https?://\S+(/accounts/password/reset/key/\S+)", str(letter.body))
    assert found
    return found[1]


def set_by_link(link: str, password: str) -> Any:
    browser = Client()
    form = browser.get(link, follow=True)
    target = form.redirect_chain[-1][0] if form.redirect_chain else link
    return browser.post(target, {"password1": password, "password2": password})


def test_a_reset_link_works_once(buyer: User) -> None:
    Client().post(reverse("account_reset_password"), {"email": buyer.email})
    link = reset_link()
    assert set_by_link(link, NEW).status_code == 302
    set_by_link(link, "a-third-long-password-9")
    buyer.refresh_from_db()
    assert buyer.check_password(NEW)


def test_a_reset_link_works_for_an_hour(buyer: User, time_machine: Any) -> None:
    Client().post(reverse("account_reset_password"), {"email": buyer.email})
    link = reset_link()
    time_machine.move_to(timezone.now() + timedelta(minutes=61))
    set_by_link(link, NEW)
    buyer.refresh_from_db()
    assert buyer.check_password(RIGHT)


@pytest.mark.parametrize("weak", ["short-7", "password1234", "ana@example.com", "Ana-example"])
def test_weak_passwords_are_refused(buyer: User, weak: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, buyer)


def test_passwords_are_kept_by_argon2(buyer: User, settings: Any) -> None:
    """Tests hash cheaply; what stands behind that is what production begins with."""
    settings.PASSWORD_HASHERS = [name for name in settings.PASSWORD_HASHERS if "MD5" not in name]
    buyer.set_password(RIGHT)
    assert buyer.password.startswith("argon2$argon2id$")
    written = (Path(__file__).parents[2] / "config/settings.py").read_text()
    assert re.search(r"if TESTING:\s+.*?MD5PasswordHasher", written, re.S)
    assert written.count("MD5") == 1


def test_a_session_ends_by_itself(buyer: User, time_machine: Any) -> None:
    browser = Client()
    sign_in(buyer.email, RIGHT, browser)
    time_machine.move_to(timezone.now() + timedelta(days=8))
    assert not is_in(browser)
