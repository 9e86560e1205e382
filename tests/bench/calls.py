"""Calls to the POS for whole orders, against the fewest that are exactly-once (N_ref).

N_ref counts each write once, a page of news for each of four feeds, a page of new ids, and a page
of lines read back. E = N_ref / calls; the goal is 0.90 and no call that was told to slow down.
"""

import math
from collections import Counter
from typing import Any

from django.conf import settings

from integrations.models import RemoteStep
from purchasing import receiving
from purchasing.models import Delivery, PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.bench._table import show
from tests.town import Town, town_for

FIRST, REPEATING = "marrow-bay", "kestrel-lane"
FEEDS, PAGE = 4, 1_000


def main() -> None:
    """A first order of 240 lines, its receiving, and a repeat order of known lines."""
    shop = Retailer.objects.create(name="Alder & Quay", currency="USD", timezone="America/New_York")
    ana = User.objects.create_user("ana@calls.example", "correct horse battery staple")
    with town_for(shop, settings) as town:
        town.connect_pos()
        town.work()
        for portal in (FIRST, REPEATING):
            town.connect_portal(portal)
            town.work()
        rows = [
            _first(town, ana),
            _received(town, ana),
            _repeat(town, ana),
        ]
        assert town.troubles() == []
    columns = ("", "lines", "calls", "N_ref", "E", "429")
    show("calls: the POS's own count of requests", columns, rows)


def _first(town: Town, ana: User) -> tuple[Any, ...]:
    order, calls = _sent(town, "41502", ana)
    return "first order, all new", *_figures(order, calls)


def _repeat(town: Town, ana: User) -> tuple[Any, ...]:
    town.send(town.order("41940"), by=ana)
    town.nuorder.control("release", {"name": "repeat_40"})
    town.pull(REPEATING)
    order, calls = _sent(town, "42177", ana)
    return "repeat order, all known", *_figures(order, calls)


def _received(town: Town, ana: User) -> tuple[Any, ...]:
    """All of the first order: the bulk counts, RECEIVED, and a page of lines before."""
    order = town.order("41502")
    before = len(town.calls())
    with acting_for(town.shop):
        delivery = receiving.begin(order, by=ana)
        receiving.all_arrived(delivery, by=ana)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ana)
        lines = order.lines.count()
    town.work()
    town.settle()
    calls = town.calls()[before:]
    reference = math.ceil(lines / 500) + 1 + math.ceil(lines / PAGE)
    return "receiving all of it", lines, len(calls), reference, *_rest(calls, reference)


def _sent(town: Town, number: str, ana: User) -> tuple[PurchaseOrder, list[dict[str, Any]]]:
    before = len(town.calls())
    order = town.send(town.order(number), by=ana)
    town.settle()
    return order, town.calls()[before:]


def _figures(order: PurchaseOrder, calls: list[dict[str, Any]]) -> tuple[Any, ...]:
    with acting_for(order.retailer):
        kinds = Counter(RemoteStep.objects.filter(order=order).values_list("kind", flat=True))
        lines = order.lines.count()
        new = order.decisions.exclude(new_product=None).count()
    things = ("supplier", "brand", "attribute", "family", "image")
    floor = sum(kinds[kind] for kind in things) + 1 + math.ceil(lines / 500)
    reference = floor + FEEDS + math.ceil(new / PAGE) + math.ceil(lines / PAGE)
    return lines, len(calls), reference, *_rest(calls, reference)


def _rest(calls: list[dict[str, Any]], reference: int) -> tuple[str, int]:
    slowed = sum(1 for call in calls if call["status"] == 429)
    return f"{reference / len(calls):.2f}", slowed
