"""One order from NuORDER to the shelf, for the sake of what it sends."""

from integrations.sending.agree import agree, pos_connection
from integrations.sending.plan import make_plan
from integrations.sending.wanted import gather
from purchasing import receiving, review
from purchasing.models import Delivery
from retailers.models import Outlet, User
from retailers.scope import acting_for
from tests.town import Town, decide_everything

PORTAL, ORDER = "kestrel-lane", "41940"


def send_and_receive(town: Town, *, by: User) -> None:
    """Pull, decide, write, receive a part of it; a follow-up order is made for the rest."""
    town.connect_pos()
    town.work()
    town.connect_portal(PORTAL)
    town.work()
    order = town.order(ORDER)
    with acting_for(town.shop):
        if order.outlet is None:
            review.choose_outlet(order.pk, Outlet.objects.first(), by=by)
        decide_everything(order, by=by)
        order.refresh_from_db()
        review.approve(order, by)
    town.work()
    order = town.order(ORDER)
    with acting_for(town.shop):
        agree(make_plan(gather(order, pos_connection())), by=by)
    town.work()
    order = town.order(ORDER)
    with acting_for(town.shop):
        delivery = receiving.begin(order, by=by)
        line = order.lines.first()
        receiving.set_counts(delivery, {line.pk: receiving.Count(kept=line.quantity)}, by=by)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=by)
    town.work()
    assert town.troubles() == []
