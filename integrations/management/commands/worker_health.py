"""`manage.py worker_health`: exit 1 when no beat came through the queue for three minutes.

For a container's or systemd's health check, which then restarts the entire cluster: a queue can
stall while all its processes look alive.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.health import beat_is_fresh, oldest_is_late


class Command(BaseCommand):
    help = "Exit 1 when the worker has not shown a sign of life for three minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        if not beat_is_fresh():
            raise CommandError("No beat came through the queue for three minutes.")
        if oldest_is_late():
            self.stderr.write("Something has been due for more than five minutes.")
        self.stdout.write("The worker beats.")
