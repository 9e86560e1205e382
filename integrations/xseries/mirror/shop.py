"""The shop itself: its facts, outlets, tills and people."""

from collections import Counter
from typing import Any
from zoneinfo import available_timezones

from django.utils import timezone

from integrations.engine import Job
from integrations.models import Lane, RemoteLink
from integrations.xseries.client import XSeriesClient
from integrations.xseries.mirror.feeds import Feed, Links, cursor_of, upsert
from integrations.xseries.payloads import RemoteOutlet, RemoteShop, RemoteUser
from retailers.models import Membership, Outlet, Retailer

# X-Series reference, section 6: requests in five minutes, by registers.
CALLS_A_REGISTER, CALLS_BESIDES = 300, 50


def keep_facts(job: Job, shop: RemoteShop) -> None:
    """How the shop counts: currency, clock, country, and whether its prices hold tax."""
    known = shop.timezone if shop.timezone in available_timezones() else job.retailer.timezone
    with job.writing():
        Retailer.objects.filter(pk=job.retailer.pk).update(
            currency=shop.currency or job.retailer.currency,
            timezone=known,
            country=shop.country,
            prices_include_tax=shop.prices_include_tax,
        )
        RemoteLink.objects.update_or_create(
            connection=job.connection,
            kind="retailer",
            local_id=job.retailer.pk,
            defaults={"retailer_id": job.retailer.pk, "remote_id": shop.remote_id},
        )
    job.retailer.refresh_from_db()


def shop_feeds(job: Job, client: XSeriesClient) -> dict[str, Feed[Any]]:
    """The feeds of this module, by stream."""
    return {
        "outlets": Feed("outlets", client.outlets_after, lambda rows: _take_outlets(job, rows)),
        "users": Feed(
            "users", client.users_after, lambda rows: _take_users(job, rows), tombstones=False
        ),
    }


def _take_outlets(job: Job, rows: list[RemoteOutlet]) -> None:
    links = Links(job, "outlet", [row.remote_id for row in rows])
    held = Outlet.objects.in_bulk([link.local_id for link in links.by_remote.values()])
    fresh: list[Outlet] = []
    kept: list[Outlet] = []
    bound: list[tuple[RemoteOutlet, Outlet]] = []
    for row in links.news(rows):
        found = held.get(links.local(row.remote_id) or 0)
        if found is None and row.deleted_at is not None:
            continue
        outlet = found or Outlet()
        outlet.name = row.name[:200] or outlet.name
        outlet.currency, outlet.timezone = row.currency, row.timezone
        outlet.deleted_at = row.deleted_at
        (kept if found else fresh).append(outlet)
        bound.append((row, outlet))
    Outlet.objects.bulk_create(fresh)
    upsert(Outlet, kept, ["name", "currency", "timezone", "deleted_at"])
    for row, outlet in bound:
        links.bind(row.remote_id, outlet.pk, row.version)
    links.save()


def _take_users(job: Job, rows: list[RemoteUser]) -> None:
    """People of the POS who work with us too, known by their e-mail address."""
    members = dict(Membership.objects.values_list("user__email", "user_id"))
    links = Links(job, "user", [row.remote_id for row in rows])
    taken = set(
        RemoteLink.objects.filter(connection=job.connection, kind="user").values_list(
            "local_id", flat=True
        )
    )
    for row in links.news(rows):
        person = members.get(row.email)
        if person is None or row.deleted_at is not None:
            continue
        if row.remote_id in links.by_remote or person not in taken:
            taken.add(person)
            links.bind(row.remote_id, person, row.version, name=row.name)
    links.save()


def read_registers(job: Job, client: XSeriesClient) -> int:
    """Count the tills: an outlet shows its number, and all of them decide our call budget."""
    outlets: Counter[str] = Counter()
    for page in client.registers_after(0):
        outlets.update(row.outlet_id for row in page.rows if row.deleted_at is None)
    count = sum(outlets.values())
    links = Links(job, "outlet", outlets)
    with job.writing():
        rows = Outlet.objects.in_bulk()
        for outlet in rows.values():
            outlet.registers = 0
        for remote_id, registers in outlets.items():
            if (found := rows.get(links.local(remote_id) or 0)) is not None:
                found.registers = registers
        upsert(Outlet, rows.values(), ["registers"])
        Lane.objects.filter(connection=job.connection).update(
            budget_limit=CALLS_A_REGISTER * count + CALLS_BESIDES
        )
        cursor = cursor_of(job, "registers")
        cursor.facts["read_at"] = timezone.now().isoformat()
        cursor.save(update_fields=["facts", "updated"])
    return count
