"""The sandbox on another port than last time: what remembers its address is told the new one.

A brand portal keeps the host it was connected at, and pictures keep their full address. When the
port of the last time is taken by another program, both would point at that program.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction

from integrations.demo import ports
from integrations.models import Connection
from purchasing.models import NewProduct, SupplierItem
from retailers.scope import unscoped


def follow_the_sandbox() -> int:
    """Point portals and pictures at the NuORDER sandbox's address of today; how many portals."""
    here = str(settings.NUORDER_HOST)
    with unscoped(), transaction.atomic():
        portals = Connection.objects.filter(system=Connection.System.NUORDER)
        moved = [one for one in portals.exclude(host=here) if _is_loopback(one.host)]
        for before in {one.host for one in moved}:
            for model in (SupplierItem, NewProduct):
                _move_pictures(model, f"{before}/", f"{here}/")
        return portals.filter(pk__in=[one.pk for one in moved]).update(host=here)


def _is_loopback(address: str) -> bool:
    return urlsplit(address).hostname == ports.HOST


def _move_pictures(model: type[SupplierItem] | type[NewProduct], before: str, after: str) -> None:
    rows: list[models.Model] = []
    for row in model.objects.exclude(image_urls=[]).only("image_urls"):
        urls = [
            after + url.removeprefix(before) if url.startswith(before) else url
            for url in row.image_urls
        ]
        if urls != row.image_urls:
            row.image_urls = urls
            rows.append(row)
    model.objects.bulk_update(rows, ["image_urls"], batch_size=500)  # type: ignore[arg-type]
