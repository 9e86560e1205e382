"""Stored secrets: sealed with a named key, bound to their place, kept through rotation (C14)."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection as database

from integrations.management.commands.rotate_keys import sealed_fields
from integrations.models import Connection
from integrations.secrets import SecretLost, key_id, seal, unseal
from retailers.models import Retailer
from retailers.scope import acting_for
from tests.factories import ConnectionFactory

PLACE = "integrations.connection.token"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def keys(settings: Any) -> list[str]:
    """Two keys of our own; the first is in use, the second is the one to come."""
    made = [Fernet.generate_key().decode() for _ in range(2)]
    settings.FIELD_KEYS = [made[0]]
    return made


def stored(connection: Connection, name: str) -> str:
    """What stands in the database, word for word."""
    table = Connection._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} WHERE id = %s", [connection.pk])  # noqa: S608
        (value,) = cursor.fetchone()
    return str(value)


@pytest.fixture
def portal(in_shop: Retailer, keys: list[str]) -> Connection:
    return ConnectionFactory(
        retailer=in_shop, consumer_key="key-1", consumer_secret="s3cret", token="token-of-ana"
    )


@pytest.mark.django_db
def test_the_database_holds_no_secret_in_plain(portal: Connection, keys: list[str]) -> None:
    for name in ("consumer_secret", "token"):
        value = stored(portal, name)
        assert value.startswith(f"f1:{key_id(keys[0])}:")
        assert getattr(portal, name) not in value
    assert stored(portal, "refresh_token") == ""
    again = Connection.objects.get(pk=portal.pk)
    assert (again.token, again.consumer_secret, again.refresh_token) == (
        "token-of-ana",
        "s3cret",
        "",
    )


@pytest.mark.django_db
def test_two_seals_of_one_text_differ(keys: list[str]) -> None:
    assert seal("same", place=PLACE) != seal("same", place=PLACE)


@pytest.mark.django_db
def test_c14_old_keys_still_read_and_new_values_take_the_newest(
    portal: Connection, keys: list[str], settings: Any
) -> None:
    old, new = keys
    settings.FIELD_KEYS = [new, old]
    again = Connection.objects.get(pk=portal.pk)
    assert again.token == "token-of-ana"
    again.save(update_fields=["token"])
    assert stored(portal, "token").startswith(f"f1:{key_id(new)}:")
    assert stored(portal, "consumer_secret").startswith(f"f1:{key_id(old)}:")


@pytest.mark.django_db
def test_c14_after_rotating_the_old_key_may_go(
    portal: Connection, keys: list[str], settings: Any, other_shop: Retailer
) -> None:
    """Every shop's secrets, every sealed field."""
    old, new = keys
    with acting_for(other_shop):
        theirs = ConnectionFactory(retailer=other_shop, token="token-of-cleo")
    settings.FIELD_KEYS = [new, old]
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    assert key_id(new) in said.getvalue()
    settings.FIELD_KEYS = [new]
    again = Connection.objects.get(pk=portal.pk)
    assert (again.token, again.consumer_secret) == ("token-of-ana", "s3cret")
    with acting_for(other_shop):
        assert Connection.objects.get(pk=theirs.pk).token == "token-of-cleo"
    names = {name for model, names in sealed_fields() if model is Connection for name in names}
    assert {"consumer_secret", "token", "token_secret", "refresh_token", "code"} <= names


@pytest.mark.django_db
def test_c14_a_lost_key_is_said_and_loses_nothing(
    portal: Connection, keys: list[str], settings: Any
) -> None:
    old, new = keys
    before = stored(portal, "token")
    settings.FIELD_KEYS = [new]
    with pytest.raises(SecretLost, match=key_id(old)):
        Connection.objects.get(pk=portal.pk)
    with pytest.raises(CommandError, match="nothing is lost"):
        call_command("rotate_keys", stdout=StringIO())
    assert stored(portal, "token") == before
    settings.FIELD_KEYS = [new, old]
    assert Connection.objects.get(pk=portal.pk).token == "token-of-ana"


@pytest.mark.django_db
def test_a_value_copied_into_another_column_does_not_open(portal: Connection) -> None:
    table = Connection._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET token = consumer_secret")  # noqa: S608
    with pytest.raises(SecretLost, match=r"written for integrations\.connection\.consumer_secret"):
        Connection.objects.get(pk=portal.pk)


@pytest.mark.parametrize(
    "spoil", [lambda v: v[:-6] + "AAAA==", lambda v: v[:40], lambda v: "plain"]
)
def test_a_damaged_value_is_said_to_be_damaged(keys: list[str], spoil: Any) -> None:
    with pytest.raises(SecretLost):
        unseal(spoil(seal("text", place=PLACE)), place=PLACE)


def test_what_is_no_key_is_refused_in_words(settings: Any) -> None:
    settings.FIELD_KEYS = ["not-a-key"]
    with pytest.raises(ImproperlyConfigured, match="new_key"):
        seal("text", place=PLACE)


def test_a_key_can_be_made_before_there_is_one(tmp_path: Path) -> None:
    ended = _manage("new_key", {}, tmp_path)
    assert ended.returncode == 0, ended.stderr
    Fernet(ended.stdout.strip())


def _manage(command: str, given: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """`manage.py command` with only these settings, as production would start it."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"VAR_DIR": str(folder), "ENV_FILE": str(folder / "no.env")}
    return subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=plain | own | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
