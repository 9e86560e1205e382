"""What only a person can settle on the way to the POS, and how the way goes on."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.engine import retry
from integrations.models import PosOrder, RemoteLink, SyncTask
from integrations.sending.agree import agree, answer_lookalike, set_rate
from integrations.sending.undo import ask_undo
from integrations.sending.ways_out import back_to_review, go_on, take_back_stopped, way_back
from purchasing import receiving
from purchasing.errors import OrderError
from purchasing.models import Decision, Delivery, PurchaseOrder
from retailers.models import User
from retailers.scope import acting_for
from tests.town import Town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
Status = PurchaseOrder.Status


def enter_by_hand(town: Town, order: PurchaseOrder) -> str:
    """Somebody typed the order into the POS before us; its id there."""
    outlet = town.pos.ok("GET", "/outlets")["data"][0]["id"]
    made = town.pos.ok(
        "POST",
        "/consignments",
        {
            "name": "typed in",
            "type": "SUPPLIER",
            "status": "OPEN",
            "outlet_id": outlet,
            "supplier_id": None,
            "reference": order.number,
        },
    )
    return str(made["data"]["id"])


def test_an_order_somebody_typed_in_is_shown_and_kept_apart(small_town: Town, ana: User) -> None:
    order = small_town.write_order(lines=4)
    theirs = enter_by_hand(small_town, order)
    order = small_town.decide(order, by=ana)
    plan = small_town.plan(order)
    assert [row.remote_id for row in plan.wanted.lookalikes] == [theirs]
    with acting_for(small_town.shop):
        with pytest.raises(OrderError, match="already has an order"):
            agree(plan, by=ana)
        answer_lookalike(order, choice="apart", remote_id="", by=ana)
        agree(small_town.plan(small_town.order(order.number)), by=ana)
    small_town.work()
    assert small_town.troubles() == []
    assert small_town.order(order.number).status == Status.ON_ORDER
    heads = small_town.pos_orders(order.number)
    assert len(heads) == 2
    assert small_town.pos_lines(theirs) == []


def test_an_order_somebody_typed_in_is_adopted(small_town: Town, ana: User) -> None:
    order = small_town.write_order(lines=4)
    theirs = enter_by_hand(small_town, order)
    order = small_town.decide(order, by=ana)
    with acting_for(small_town.shop):
        answer_lookalike(order, choice="adopt", remote_id=theirs, by=ana)
        agree(small_town.plan(small_town.order(order.number)), by=ana)
    small_town.work()
    assert small_town.troubles() == []
    [head] = small_town.pos_orders(order.number)
    assert head["id"] == theirs
    assert head["status"] == "SENT"
    assert len(small_town.pos_lines(theirs)) == 4


def test_one_typed_in_after_the_plan_stops_and_asks(small_town: Town, ana: User) -> None:
    """Never a second order without asking, however late the first one appears."""
    order = small_town.decide(small_town.write_order(lines=4), by=ana)
    plan = small_town.plan(order)
    with acting_for(small_town.shop):
        supplier = plan.wanted.supplier_remote
    theirs = enter_by_hand(small_town, order)
    if supplier:
        small_town.pos.ok("PUT", f"/consignments/{theirs}", {"supplier_id": supplier})
    with acting_for(small_town.shop):
        agree(plan, by=ana)
    small_town.work()
    heads = small_town.pos_orders(order.number)
    same_supplier = [head for head in heads if head["supplier_id"] == supplier and supplier]
    assert len(same_supplier) <= 1
    if supplier:
        assert "was there before" in small_town.troubles()[0]
        with acting_for(small_town.shop):
            task = SyncTask.objects.exclude(trouble="").get()
            assert task.trouble_facts["found"] == [theirs]


def test_edge_70_a_refused_family_does_not_stop_the_others(small_town: Town, ana: User) -> None:
    order = small_town.write_order(lines=30, families=4)
    small_town.pos.fault(
        "POST /api/2026-07/products",
        "status",
        count=1,
        params={"code": 422, "body": {"errors": {"name": ["is not allowed here"]}}},
    )
    order = small_town.send(order, by=ana)
    [trouble] = small_town.troubles()
    assert "Lightspeed would not take" in trouble
    assert "is not allowed here" in trouble
    with acting_for(small_town.shop):
        steps = list(order.steps.filter(kind="family").values_list("state", flat=True))
        families = order.new_products.count()
        assert families > 1
        assert sorted(steps) == ["done"] * (families - 1) + ["failed"]
    assert small_town.pos_orders(order.number) == []
    with acting_for(small_town.shop):
        retry(SyncTask.objects.exclude(trouble="").get(), by=ana)
    small_town.work()
    assert small_town.order(order.number).status == Status.ON_ORDER
    created = small_town.pos.effects("family_created") + small_town.pos.effects("product_created")
    names = [effect.get("name") for effect in small_town.pos.effects("family_created")]
    assert len(names) == len(set(names))
    assert created


def test_edge_44_cancelled_while_it_is_written_stops_at_a_safe_point(
    small_town: Town, ana: User
) -> None:
    order = small_town.decide(small_town.write_order(lines=6, families=2), by=ana)
    with acting_for(small_town.shop):
        agree(small_town.plan(order), by=ana)
        PurchaseOrder.objects.filter(pk=order.pk).update(brand_status="cancelled")
    small_town.work()
    assert "cancelled order" in small_town.troubles()[0]
    assert small_town.pos_orders(order.number) == []
    with acting_for(small_town.shop):
        go_on(SyncTask.objects.exclude(trouble="").get(), by=ana)
    small_town.work()
    assert small_town.troubles() == []
    assert small_town.order(order.number).status == Status.ON_ORDER


def test_a_refused_name_is_changed_in_the_review_and_the_rest_is_not_written_twice(
    small_town: Town, ana: User, as_user: Any
) -> None:
    order = small_town.write_order(lines=30, families=4)
    small_town.pos.fault(
        "POST /api/2026-07/products",
        "status",
        count=2,
        params={"code": 422, "body": {"errors": {"name": ["is not allowed here"]}}},
    )
    order = small_town.send(order, by=ana)
    assert "is not allowed here" in small_town.troubles()[0]
    agreed = order.send_plan.approved_at
    written = len(small_town.pos.effects("family_created"))
    assert written > 0, "one refusal does not stop the others"
    browser = as_user(ana)
    assert "Change something" in browser.get(f"/orders/{order.pk}/plan/").content.decode()
    assert "Change something" in browser.get(f"/orders/{order.pk}/sync/").content.decode()
    answer = browser.post(f"/orders/{order.pk}/plan/reopen/")
    assert answer.headers["Location"] == f"/orders/{order.pk}/review/"
    assert small_town.waiting() == []
    with acting_for(small_town.shop):
        refused = order.new_products.exclude(
            name__in=[effect["name"] for effect in small_town.pos.effects("family_created")]
        )
        order.new_products.filter(pk=refused[0].pk).update(name="Allowed")
    order = small_town.send(small_town.order(order.number), by=ana)
    assert small_town.troubles() == []
    assert order.status == Status.ON_ORDER
    names = [effect["name"] for effect in small_town.pos.effects("family_created")]
    assert len(names) == len(set(names)) == written + 2
    assert "Allowed" in names
    assert order.send_plan.approved_at > agreed
    [head] = small_town.pos_orders(order.number)
    with acting_for(small_town.shop):
        assert len(small_town.pos_lines(head["id"])) == order.lines.count()


def test_a_half_written_order_is_taken_back(small_town: Town, ana: User, as_user: Any) -> None:
    order = small_town.write_order(lines=4)
    small_town.pos.fault(
        "POST /api/2026-07/consignments/{consignment_id}/bulk", "status", params={"code": 422}
    )
    order = small_town.send(order, by=ana)
    assert small_town.troubles() != []
    browser = as_user(ana)
    assert "Take back what was written" in browser.get(f"/orders/{order.pk}/sync/").content.decode()
    browser.post(f"/orders/{order.pk}/plan/reopen/")
    assert small_town.order(order.number).status == Status.SENDING, "its head is there already"
    browser.post(f"/orders/{order.pk}/undo/")
    small_town.work()
    assert small_town.troubles() == []
    assert small_town.order(order.number).status == Status.TO_REVIEW
    assert small_town.pos_orders(order.number) == [], "a head without lines leaves nothing behind"


def test_nothing_goes_back_while_it_is_being_written(small_town: Town, ana: User) -> None:
    order = small_town.decide(small_town.write_order(lines=4), by=ana)
    with acting_for(small_town.shop):
        agree(small_town.plan(order), by=ana)
        sending = PurchaseOrder.objects.get(pk=order.pk)
        assert way_back(sending) == ""
        with pytest.raises(OrderError, match="is being written"):
            back_to_review(sending, by=ana)
        with pytest.raises(OrderError, match="cannot be taken back"):
            take_back_stopped(sending, by=ana)


def test_taken_back_and_written_again(small_town: Town, ana: User) -> None:
    """The order is cancelled there, what only it made is removed; then it is written anew."""
    order = small_town.send(small_town.write_order(lines=6, families=2), by=ana)
    [head] = small_town.pos_orders(order.number)
    with acting_for(small_town.shop):
        made = order.new_products.exclude(product=None).count()
        ask_undo(order, by=ana)
    small_town.work()
    assert small_town.troubles() == []
    order = small_town.order(order.number)
    assert order.status == Status.TO_REVIEW
    [head] = small_town.pos_orders(order.number)
    assert head["status"] == "CANCELLED"
    with acting_for(small_town.shop):
        assert not order.decisions.filter(state=Decision.State.WRITTEN).exists()
        assert order.new_products.exclude(product=None).count() == 0
        assert made > 0
    order = small_town.send(order, by=ana)
    assert small_town.troubles() == []
    assert order.status == Status.ON_ORDER
    live = [row for row in small_town.pos_orders(order.number) if row["status"] == "SENT"]
    assert len(live) == 1
    assert len(small_town.pos_lines(live[0]["id"])) == 6


def test_what_was_received_cannot_be_taken_back(small_town: Town, ana: User, ben: User) -> None:
    order = small_town.send(small_town.write_order(lines=2), by=ana)
    with acting_for(small_town.shop):
        delivery = receiving.begin(order, by=ben)
        receiving.all_arrived(delivery, by=ben)
        receiving.book(delivery, remainder=Delivery.Remainder.CLOSE, by=ben)
        order.refresh_from_db()
        with pytest.raises(OrderError):
            ask_undo(order, by=ana)


def test_edge_29_a_linked_product_deleted_in_the_pos_is_asked_about(
    small_town: Town, ana: User
) -> None:
    """Never silently recreated."""
    order = small_town.send(small_town.write_order(lines=3, seed=5), by=ana)
    with acting_for(small_town.shop):
        item = order.lines.select_related("item").first().item
        link = RemoteLink.objects.get(kind="product", local_id=item.variant_id)
    small_town.pos.play(f"/products/{link.remote_id}/delete")
    small_town.mirror()
    again = small_town.write_order(lines=3, seed=5, number="A-SECOND")
    with acting_for(small_town.shop):
        decision = again.decisions.get(item=item)
        assert decision.bin == Decision.Bin.CONFLICT
        item.refresh_from_db()
        assert item.link_trouble == "deleted"


def test_edge_30_an_inactive_product_is_made_active_and_the_plan_says_so(
    small_town: Town, ana: User
) -> None:
    order = small_town.send(small_town.write_order(lines=3, seed=6), by=ana)
    with acting_for(small_town.shop):
        variant = order.lines.select_related("item").first().item.variant_id
        link = RemoteLink.objects.get(kind="product", local_id=variant)
    small_town.pos.play(f"/products/{link.remote_id}/active", active="")
    small_town.pos.ok("PUT", f"/products/{link.remote_id}", {"details": {"is_active": False}})
    small_town.mirror()
    again = small_town.decide(small_town.write_order(lines=3, seed=6, number="A-AGAIN"), by=ana)
    plan = small_town.plan(again)
    [row] = [row for group in plan.groups if group.key == "changed" for row in group.rows]
    assert row.after == "active again"
    with acting_for(small_town.shop):
        agree(plan, by=ana)
    small_town.work()
    assert small_town.troubles() == []
    product = small_town.pos.ok("GET", f"/products/{link.remote_id}")["data"]
    assert product["is_active"] is True


def test_an_order_in_euros_needs_a_rate_and_is_written_in_dollars(
    small_town: Town, ana: User
) -> None:
    order = small_town.write_order(lines=3)
    with acting_for(small_town.shop):
        PurchaseOrder.objects.filter(pk=order.pk).update(currency="EUR")
    order = small_town.decide(small_town.order(order.number), by=ana)
    with acting_for(small_town.shop):
        with pytest.raises(OrderError, match="Say what one EUR is in USD"):
            agree(small_town.plan(order), by=ana)
        with pytest.raises(OrderError, match="not an exchange rate"):
            set_rate(order, "about one", by=ana)
        set_rate(order, "1.10", by=ana)
        agree(small_town.plan(small_town.order(order.number)), by=ana)
        costs = {line.unit_cost for line in order.lines.all()}
    small_town.work()
    assert small_town.troubles() == []
    [head] = small_town.pos_orders(order.number)
    there = {Decimal(line["cost"]) for line in small_town.pos_lines(head["id"])}
    assert there == {
        (cost * Decimal("1.10")).quantize(Decimal("0.00001")) for cost in costs if cost
    }


def test_edge_91_92_received_or_cancelled_at_the_till_is_followed(
    small_town: Town, ana: User
) -> None:
    order = small_town.send(small_town.write_order(lines=3), by=ana)
    [head] = small_town.pos_orders(order.number)
    small_town.pos.play(f"/orders/{head['id']}/receive")
    small_town.mirror()
    order = small_town.order(order.number)
    assert order.status == Status.RECEIVED
    other = small_town.send(small_town.write_order(lines=2, number="B-2"), by=ana)
    [head] = small_town.pos_orders("B-2")
    small_town.pos.play(f"/orders/{head['id']}/cancel")
    small_town.mirror()
    with acting_for(small_town.shop):
        assert PosOrder.objects.get(order=other).status == "CANCELLED"
