"""`manage.py rotate_keys`: write every stored secret again with the newest key in FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from integrations.secrets import EncryptedTextField, SecretLost, key_id
from retailers.scope import unscoped


def sealed_fields() -> list[tuple[type[models.Model], list[str]]]:
    """Every model that keeps secrets, with the names of their fields."""
    found = []
    for model in apps.get_models():
        names = [f.name for f in model._meta.fields if isinstance(f, EncryptedTextField)]
        if names:
            found.append((model, names))
    return found


class Command(BaseCommand):
    help = "Encrypt every stored secret with the newest key; the old keys may go afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        try:
            with unscoped():
                for model, names in sealed_fields():
                    count += self._rewrite(model, names)
        except SecretLost as error:
            raise CommandError(f"Stopped, nothing is lost: {error}") from error
        self.stdout.write(f"{count} rows now use key {key_id(settings.FIELD_KEYS[0])}.")

    @staticmethod
    def _rewrite(model: type[models.Model], names: list[str]) -> int:
        """One row a transaction, locked, so that a token renewed meanwhile is not undone."""
        manager = model._default_manager
        keys = list(manager.values_list("pk", flat=True))
        for pk in keys:
            with transaction.atomic():
                row = manager.select_for_update().filter(pk=pk).only(*names).first()
                if row is not None:
                    row.save(update_fields=names)
        return len(keys)
