"""A shop with everything in it: each status, each trouble, each state of a connection.

Built by the app itself against the sandbox, so that every page shows what people will see: orders
that are decided, written, half received, refused and parked; dirty ones; changes by the brand;
letters to new people; connections in every state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.engine import ask
from integrations.models import Connection, Lane, SyncTask
from purchasing import receiving, review
from purchasing.aside import mark_elsewhere
from purchasing.models import Delivery, NewProduct, PurchaseOrder, Supplier
from purchasing.receiving import Count
from purchasing.review.styles import Style, styles_of
from purchasing.review.words import open_problems
from retailers.models import Invitation, Outlet, Retailer, Role, User
from retailers.people import digest_of, invite
from retailers.scope import acting_for
from tests.factories import ConnectionFactory, MembershipFactory, RetailerFactory
from tests.town import Town

LETTERS = ("letter-for-nia", "letter-for-ana")
"""Tokens of two invitations: to somebody new, and to Ana, who has an account."""

PORTALS = (
    "tarn-thistle", "kestrel-lane", "marrow-bay", "northlight", "ferrow", "tolliver",
    "juniper-fold",
)  # fmt: skip
SENT = {"received": 6, "counting": 24, "booked": 5, "changed": 8, "short": 5}
NOT_SENT = {"approved": 12, "stopped": 4, "elsewhere": 4, "review": 30, "untouched": 6}
"""Orders by what is special about them, with their sizes."""

REFUSAL = "Outlet is closed for stock orders"
Status = PurchaseOrder.Status


@dataclass(frozen=True)
class RichShop:
    """The shop, its people, and its orders by what is special about each."""

    shop: Retailer
    people: Mapping[str, User]
    orders: Mapping[str, PurchaseOrder]
    connections: Mapping[str, Connection]
    style: int
    """A style of the order "review" that waits for a person: the number in its address."""
    supplier: Supplier
    product: int
    """The pk of a product that was written to the POS."""

    def order(self, name: str) -> int:
        """The pk of the order called so."""
        return self.orders[name].pk


def make_people(shop: Retailer) -> dict[str, User]:
    """Olga owns, Ana buys, Ben receives, Vic looks; two are invited."""
    roles = {"olga": Role.OWNER, "ana": Role.BUYER, "ben": Role.RECEIVER, "vic": Role.VIEWER}
    people = {
        name: MembershipFactory(
            retailer=shop,
            role=role,
            user__email=f"{name}@example.com",
            user__first_name=name.title(),
        ).user
        for name, role in roles.items()
    }
    people["staff"] = User.objects.create_superuser("staff@example.com", "correct horse battery")
    people["stranger"] = User.objects.create_user("stranger@example.com", first_name="Sol")
    with acting_for(RetailerFactory(name="Fenwick Annexe")) as _annexe:
        MembershipFactory(retailer=Retailer.objects.get(name="Fenwick Annexe"), user=people["olga"])
    with acting_for(shop):
        for email, token in (("nia@example.com", LETTERS[0]), ("stranger@example.com", LETTERS[1])):
            letter = invite(shop, email=email, role=Role.BUYER, by=people["olga"])
            Invitation.objects.filter(pk=letter.pk).update(token_digest=digest_of(token))
    return people


def build(town: Town) -> RichShop:
    """Everything, in well under a minute."""
    people = make_people(town.shop)
    ana, ben = people["ana"], people["ben"]
    town.connect_pos()
    town.work()
    for portal in PORTALS:
        town.connect_portal(portal)
    town.work()
    assert town.troubles() == [], town.troubles()
    orders = {}
    for name, lines in SENT.items():
        orders[name] = _written(town, name, lines)
        with acting_for(town.shop):
            _answer_all(orders[name], ana)
        town.send(orders[name], by=ana)
        town.settle()
        orders[name] = town.order(orders[name].number)
        assert orders[name].status == Status.ON_ORDER, (town.troubles(), town.waiting())
    _changed_by_the_brand(town, orders["changed"])
    for name, lines in NOT_SENT.items():
        orders[name] = _written(town, name, lines)
    with acting_for(town.shop):
        _answer_all(orders["approved"], ana)
        _answer_all(orders["stopped"], ana)
    orders["approved"] = town.decide(orders["approved"], by=ana)
    _receive(town, orders, ben)
    orders["stopped"] = _stopped_halfway(town, orders["stopped"], ana)
    with acting_for(town.shop):
        mark_elsewhere([orders["elsewhere"].pk], by=ana)
        orders["first"] = PurchaseOrder.objects.get(number="41940")
        orders["long"] = PurchaseOrder.objects.get(number="41502")
        style = _half_decided(orders["review"], ana)
        connections = _every_connection(town)
        orders["watching"] = PurchaseOrder.objects.filter(status=Status.WATCHING).order_by("pk")[0]
        product = NewProduct.objects.exclude(product=None)[0].product_id
        orders = {name: PurchaseOrder.objects.get(pk=one.pk) for name, one in orders.items()}
    return RichShop(
        shop=town.shop,
        people=people,
        orders=orders,
        connections=connections,
        style=style.number,
        supplier=orders["review"].supplier,
        product=product,
    )


def _written(town: Town, name: str, lines: int) -> PurchaseOrder:
    """An order of the brand with this many sizes, its customer PO saying what it is for."""
    doc = town.nuorder.order(PORTALS[0], status="approved", lines=lines, customer_po=name)
    town.pull(PORTALS[0])
    return town.order(doc["order_number"])


def _answer_all(order: PurchaseOrder, by: User) -> None:
    """Take the first way out of whatever stands in the way; a size without one is left out."""
    for _round in range(40):
        styles = styles_of(order)
        style = next((one for one in styles if any(size.blockers for size in one.open_sizes)), None)
        if style is None:
            return
        problem = next((one for one in open_problems(style, styles) if one.blocks), None)
        if problem is None or not problem.choices:
            stuck = [size.item.pk for size in style.open_sizes if size.blockers]
            review.skip(order.pk, style.number, by=by, items=stuck)
        else:
            answer = problem.choices[0]["key"]
            review.settle(order.pk, problem.items, problem.code, answer, by=by)
    raise AssertionError(f"order {order} asks without end")


def _receive(town: Town, orders: Mapping[str, PurchaseOrder], ben: User) -> None:
    """One order is all in, one is short, one is on its way to the POS, one is being counted."""
    with acting_for(town.shop):
        whole = receiving.begin(orders["received"], by=ben)
        receiving.all_arrived(whole, by=ben)
        receiving.book(whole, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
        _count(orders["counting"], ben, share=3)
        receiving.book(
            orders["counting"].deliveries.get(), remainder=Delivery.Remainder.FOLLOW_UP, by=ben
        )
        _count(orders["short"], ben, share=2)
        receiving.book(orders["short"].deliveries.get(), remainder=Delivery.Remainder.CLOSE, by=ben)
    town.work()
    assert town.troubles() == [], town.troubles()
    with acting_for(town.shop):
        _count(orders["counting"], ben, share=2, rejected=1)
        _count(orders["booked"], ben, share=1)
        receiving.book(
            orders["booked"].deliveries.get(), remainder=Delivery.Remainder.FOLLOW_UP, by=ben
        )


def _count(order: PurchaseOrder, ben: User, *, share: int, rejected: int = 0) -> None:
    """Every `share`th line is counted in full; `rejected` units of the first are damaged."""
    delivery = receiving.begin(order, by=ben)
    lines = [line for line in receiving.expected_lines(order) if line.outstanding]
    counts = {line.pk: Count(kept=line.outstanding) for line in lines[::share]}
    counts[lines[0].pk] = Count(kept=max(lines[0].outstanding - rejected, 0), rejected=rejected)
    receiving.set_counts(delivery, counts, by=ben)


def _stopped_halfway(town: Town, order: PurchaseOrder, ana: User) -> PurchaseOrder:
    """Lightspeed refuses the order's lines for good: products are written, the order is not."""
    route = "POST /api/2026-07/consignments"
    town.pos.fault(route, "status", params={"code": 400, "body": {"error": REFUSAL}})
    order = town.send(order, by=ana)
    town.settle()
    assert town.troubles(), (order.status, town.waiting())
    return order


def _changed_by_the_brand(town: Town, order: PurchaseOrder) -> None:
    """A quantity less, a price more, a line dropped, another window."""
    path = f"orders/{order.source_key}"
    with acting_for(town.shop):
        size = order.lines.select_related("item")[0].item.size
    town.nuorder.play(f"{path}/size", line=0, size=size, quantity=1, price="31.50")
    town.nuorder.play(f"{path}/drop", line=1)
    town.nuorder.play(f"{path}/window", start="2027-03-01", end="2027-03-28")
    with acting_for(town.shop):
        ask(town.portals[PORTALS[0]], f"read-order:{order.source_key}")
    town.work()
    with acting_for(town.shop):
        assert order.changes.exists()


def _half_decided(order: PurchaseOrder, ana: User) -> Style:
    """Some styles are decided, one is held, one skipped; answers one that still waits."""
    outlet = Outlet.objects.first()
    assert outlet is not None
    if order.outlet is None:
        review.choose_outlet(order.pk, outlet, by=ana)
    styles = styles_of(order)
    review.accept(order.pk, styles[0].number, by=ana)
    review.hold(order.pk, styles[1].number, by=ana)
    review.skip(order.pk, styles[2].number, by=ana)
    return styles[-1]


def _every_connection(town: Town) -> dict[str, Connection]:
    """Active ones, and portals that are new, wait for their code, were refused, and are off."""
    now = timezone.now()
    states = Connection.State
    facts: dict[str, dict[str, Any]] = {
        "new": {"state": states.NEW, "name": "Halden Boot"},
        "waiting": {"state": states.WAITING, "name": "Saltmarsh Supply", "consumer_key": "k" * 24},
        "reconnect": {
            "state": states.RECONNECT,
            "name": "Lumen & Loom",
            "last_ok_at": now - timedelta(days=2),
            "last_trouble": "NuORDER no longer accepts this key.",
            "last_trouble_at": now - timedelta(hours=3),
        },
        "off": {"state": states.OFF, "name": "Pomme Grise"},
    }
    made = {
        name: ConnectionFactory(retailer=town.shop, host=town.nuorder.url, **more)
        for name, more in facts.items()
    }
    SyncTask.objects.create(
        connection=made["reconnect"],
        subject="pull-orders:",
        not_before=now,
        trouble=SyncTask.Trouble.RECONNECT,
        trouble_text="NuORDER no longer accepts this key.",
    )
    assert town.till is not None
    Lane.objects.filter(connection=town.portals["northlight"]).update(
        paused_until=now + timedelta(minutes=4)
    )
    return {**made, "pos": town.till, "portal": town.portals["tarn-thistle"]}
