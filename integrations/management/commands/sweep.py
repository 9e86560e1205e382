"""`manage.py sweep`: wake what is due, for a cron that does not trust the queue's own clock."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.tasks import sweep


class Command(BaseCommand):
    help = "Wake every connection that has something due."

    def handle(self, *args: Any, **options: Any) -> None:
        sweep()
