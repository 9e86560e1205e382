"""`manage.py demo_prepare`: a step of `make run`: tables and people, or accounts and addresses."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.demo.accounts import DemoFailed, connect_everything
from integrations.demo.moves import follow_the_sandbox
from integrations.demo.people import PASSWORD, STAFF, make_people, person
from integrations.demo.sign_in import link_for


class Command(BaseCommand):
    help = "A step of `make run`; not meant to be called by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["tables", "accounts"])
        parser.add_argument("--patience", type=float, default=180.0, help="seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This prepares the demo; it needs DEMO=1.")
        if options["step"] == "tables":
            call_command("migrate", interactive=False, verbosity=0)
            make_people()
            follow_the_sandbox()
            return
        try:
            connect_everything(self._say, patience=options["patience"])
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        self._tell_addresses()

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()

    def _tell_addresses(self) -> None:
        olga, _shop = person("olga@alder-quay.example")
        sandbox = settings.XSERIES_CONNECT_URL.rsplit("/", 1)[0]
        self.stdout.write(
            "\n".join(
                (
                    "",
                    f"PO Sync        {settings.BASE_URL}/",
                    f"  sign in      {settings.BASE_URL}{link_for(olga)}",
                    "  people       olga@alder-quay.example (owner), ana@ (buyer), ben@ (receives)",
                    f"               cleo@harbour-row.example (owner); password {PASSWORD}",
                    f"  staff        {settings.BASE_URL}/staff/ as {STAFF}, same password",
                    f"Play the brand {settings.NUORDER_HOST}/   (NuORDER sandbox)",
                    f"Play the till  {sandbox}/   (Lightspeed sandbox)",
                    "",
                )
            )
        )
