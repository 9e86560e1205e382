"""Secrets at rest: Fernet, keys from the environment, bound to the field they were written in.

A stored value reads `f1:<key id>:<token>`; the plain text inside carries the model and field it
belongs to, so a value copied into another column does not decrypt. Old keys in FIELD_KEYS still
read; `manage.py rotate_keys` rewrites with the newest.
"""

import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

_PREFIX = "f1"


class SecretLost(RuntimeError):
    """A stored secret cannot be read with any key in FIELD_KEYS."""


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> dict[str, Fernet]:
    try:
        return {key_id(key): Fernet(key) for key in keys}
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_KEYS holds something that is not a Fernet key. "
            "Make one with `python manage.py new_key`."
        ) from error


def key_id(key: str) -> str:
    """A short public name of a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def seal(text: str, *, place: str) -> str:
    """Encrypt with the newest key; `place` is model.field."""
    keys = tuple(settings.FIELD_KEYS)
    newest = key_id(keys[0])
    token = _ring(keys)[newest].encrypt(f"{place}\0{text}".encode())
    return f"{_PREFIX}:{newest}:{token.decode()}"


def unseal(stored: str, *, place: str) -> str:
    """Decrypt; raises SecretLost when no key fits or the value belongs elsewhere."""
    prefix, _, rest = stored.partition(":")
    name, _, token = rest.partition(":")
    ring = _ring(tuple(settings.FIELD_KEYS))
    if prefix != _PREFIX or name not in ring:
        raise SecretLost(
            f"{place}: written with key {name or '?'}, which FIELD_KEYS does not hold."
        )
    try:
        found, _, text = ring[name].decrypt(token.encode()).decode().partition("\0")
    except InvalidToken as error:
        raise SecretLost(f"{place}: the stored value is damaged.") from error
    if found != place:
        raise SecretLost(f"{place}: this value was written for {found}.")
    return text


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is plain in Python and sealed in the database; empty stays empty."""

    @property
    def _place(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        return seal(value, place=self._place) if value else ""

    def from_db_value(self, value: str | None, *_: Any) -> str:
        return unseal(value, place=self._place) if value else ""
