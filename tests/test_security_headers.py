"""What every answer tells the browser to refuse, and what cookies are worth outside."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

pytestmark = pytest.mark.django_db
ROOT = Path(django_settings.BASE_DIR)
PAGES = ["/", "/sync/", "/connections/", "/people/", "/settings/", "/products/", "/find/?q=x"]


def policy_of(answer) -> dict[str, str]:
    rules = answer.headers["Content-Security-Policy"].split(";")
    return dict(rule.strip().partition(" ")[::2] for rule in rules if rule.strip())


@pytest.mark.parametrize("path", [*PAGES, "/accounts/login/", "/nowhere/", "/staff/"])
def test_nothing_inline_nothing_foreign_nothing_framed(path, owner, as_user):
    policy = policy_of(as_user(owner).get(path))
    assert policy["default-src"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["connect-src"] == "'self'"
    for name in ("script-src", "style-src"):
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=-]+')?", policy[name]), policy[name]


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_inline(path, owner, as_user):
    page = as_user(owner).get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


@pytest.mark.parametrize("path", [*PAGES, "/no-shop/"])
def test_signed_in_pages_are_kept_nowhere(path, owner, as_user):
    assert "no-store" in as_user(owner).get(path).headers["Cache-Control"]


def test_a_person_without_a_shop_is_kept_nowhere_either(as_user):
    from tests.factories import UserFactory

    answer = as_user(UserFactory()).get("/no-shop/")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_the_small_headers(path, owner, as_user):
    headers = as_user(owner).get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_fragments_and_pages_are_told_apart_by_caches(owner, as_user):
    answer = as_user(owner).get("/find/?q=x", headers={"HX-Request": "true"})
    assert "HX-Request" in answer.headers.get("Vary", "")


def test_the_session_cookie_is_not_for_scripts_or_strangers(owner):
    answer = Client().post(
        "/accounts/login/", {"login": owner.email, "password": "correct horse battery staple"}
    )
    assert answer.status_code == 302
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["domain"] == ""


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_never_leads_elsewhere(owner, bad):
    browser = Client()
    browser.post(
        f"/accounts/login/?next={bad}",
        {"login": owner.email, "password": "correct horse battery staple"},
    )
    answer = browser.get("/accounts/login/", {"next": bad})
    assert "evil" not in answer.headers.get("Location", "")
    assert "javascript" not in answer.headers.get("Location", "")


def test_an_error_page_tells_nothing(owner, as_user, settings):
    answer = as_user(owner).get("/nowhere/")
    assert answer.status_code == 404
    for word in (b"Traceback", b"urlconf", b"settings", b"site-packages"):
        assert word not in answer.content


# --- As it runs in production ------------------------------------------------------------------

PRODUCTION = """
import django; django.setup()
from django.conf import settings as s
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,
      s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.DEBUG, s.STAFF_MFA_REQUIRED,
      s.TRUSTED_ORIGINS, s.ALLOWED_HOSTS)
"""


def run(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, with nothing of this one's environment."""
    clean = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "ENV_FILE": str(tmp_path / "none"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_is_strict_without_being_asked(tmp_path):
    answer = run(
        tmp_path,
        PRODUCTION,
        SECRET_KEY="k" * 60,
        FIELD_KEYS="cHJvZHVjdGlvbi1sb29raW5nLWtleS1mb3ItdGVzdHM=",
        ALLOWED_HOSTS="shop.example",
    )
    assert answer.stdout.split("\n")[-2] == (
        "True True __Host-session __Host-csrf True 31536000 False True [] ['shop.example']"
    ), answer.stderr[-2000:]


@pytest.mark.parametrize(
    ("missing", "words"), [("SECRET_KEY", "SECRET_KEY is not set"), ("FIELD_KEYS", "FIELD_KEYS")]
)
def test_c14_production_does_not_start_without_its_keys(tmp_path, missing, words):
    keys = {
        "SECRET_KEY": "k" * 60,
        "FIELD_KEYS": "cHJvZHVjdGlvbi1sb29raW5nLWtleS1mb3ItdGVzdHM=",
    }
    answer = run(tmp_path, PRODUCTION, **{k: v for k, v in keys.items() if k != missing})
    assert answer.returncode != 0
    assert words in answer.stderr


def test_production_refuses_the_key_of_the_demo(tmp_path):
    answer = run(tmp_path, PRODUCTION, SECRET_KEY="demo-only-not-a-secret-" + "0" * 40)
    assert answer.returncode != 0
    assert "demo" in answer.stderr
