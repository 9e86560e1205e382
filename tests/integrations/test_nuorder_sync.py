"""Pulling orders from a brand portal over a real socket, with the engine doing the work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import slices
from integrations.engine import ask
from integrations.lanes import LostLane
from integrations.models import Connection, SyncTask
from purchasing.intake import take_in
from purchasing.models import (
    OrderBody,
    OrderChange,
    OrderLine,
    PurchaseOrder,
    Supplier,
    SupplierItem,
)
from purchasing.signals import supplier_settled
from retailers.models import Event, Retailer, User
from retailers.scope import acting_for
from tests.factories import SupplierFactory, VariantFactory
from tests.integrations.nuorder_kit import a_nuorder, connected, long_ago, run
from tests.sandbox.brand import NuOrderSandbox

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status


@pytest.fixture
def brand(settings: Any) -> Iterator[NuOrderSandbox]:
    with a_nuorder(settings) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def matched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Orders that were handed to matching; what matching does with them is tested elsewhere."""
    seen: list[int] = []
    monkeypatch.setattr("purchasing.matching.match_order", seen.append)
    return seen


@pytest.fixture
def portal(in_shop: Retailer, brand: NuOrderSandbox) -> Connection:
    return connected(in_shop, brand, "tarn-thistle")


def order_of(made: dict[str, Any]) -> PurchaseOrder:
    return PurchaseOrder.objects.get(source_key=made["_id"])


def test_a_pull_brings_every_order_the_brand_has_accepted_or_works_on(
    portal: Connection, brand: NuOrderSandbox, matched: list[int]
) -> None:
    left = run(portal, "pull-orders:")
    assert left == []
    orders = {order.number: order for order in PurchaseOrder.objects.all()}
    by_status = {order.brand_status for order in orders.values()}
    assert {"approved", "processed", "review"} <= by_status
    assert "draft" not in by_status
    assert "cancelled" not in by_status
    for order in orders.values():
        assert order.units == sum(line.quantity for line in order.lines.all())
        assert order.bodies.count() == 1
        final = order.brand_status in PurchaseOrder.FINAL_AT_BRAND
        assert order.status == (Status.TO_REVIEW if final else Status.WATCHING)
    assert sorted(matched) == sorted(order.pk for order in orders.values())


def test_products_bring_names_descriptions_and_pictures_once_a_day(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=6)
    run(portal, "pull-orders:")
    items = SupplierItem.objects.filter(lines__order=order_of(made))
    assert all(item.name and item.brand_name and item.sku_key for item in items)
    assert all(item.image_urls[0].startswith(brand.url) for item in items)
    calls = portal.lane.calls
    run(portal, f"items:{order_of(made).pk}")
    portal.lane.refresh_from_db()
    assert portal.lane.calls == calls


def test_a_new_order_is_there_after_the_next_pull_and_nothing_is_read_twice(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    run(portal, "pull-orders:")
    portal.lane.refresh_from_db()
    before = portal.lane.calls
    run(portal, "pull-orders:")
    portal.lane.refresh_from_db()
    assert portal.lane.calls - before == 6, "a quiet pull is one list a status"
    made = brand.order("tarn-thistle", status="approved", lines=4)
    run(portal, "pull-orders:")
    order = order_of(made)
    assert order.status == Status.TO_REVIEW
    assert order.lines.count() == 4


def test_a_moved_status_is_seen_at_once_though_the_order_was_read_a_minute_ago(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="review", lines=3)
    run(portal, "pull-orders:")
    assert order_of(made).status == Status.WATCHING
    brand.play(f"orders/{made['_id']}/status", status="approved")
    run(portal, "pull-orders:")
    order = order_of(made)
    assert (order.status, order.brand_status) == (Status.TO_REVIEW, "approved")
    assert Event.objects.about(order).filter(verb="brand_status").count() == 1


def test_edge_35_the_portal_is_a_supplier_the_shop_has_already(
    portal: Connection, in_shop: Retailer
) -> None:
    known: Any = SupplierFactory(retailer=in_shop, name="TARN  & THISTLE ")
    run(portal, "pull-orders:")
    assert portal.supplier == known
    assert set(PurchaseOrder.objects.values_list("supplier", flat=True)) == {known.pk}


def test_edge_39_a_supplier_settled_in_a_review_is_the_portal_s_from_then_on(
    portal: Connection, brand: NuOrderSandbox, in_shop: Retailer
) -> None:
    run(portal, "pull-orders:")
    old = portal.supplier
    chosen: Any = SupplierFactory(retailer=in_shop, name="Tarn Trading")
    PurchaseOrder.objects.update(supplier=chosen)
    assert old is not None
    old.deleted_at = timezone.now()
    old.save()
    made = brand.order("tarn-thistle", status="approved", lines=2)
    run(portal, "pull-orders:")
    assert portal.supplier == chosen
    assert order_of(made).supplier == chosen


def test_a_portal_follows_at_once_when_its_supplier_turns_out_to_be_another(
    portal: Connection, in_shop: Retailer
) -> None:
    run(portal, "pull-orders:")
    chosen: Any = SupplierFactory(retailer=in_shop, name="Tarn Trading")
    supplier_settled.send(Supplier, old=portal.supplier, new=chosen)
    portal.refresh_from_db()
    assert portal.supplier == chosen


def test_edge_43_an_order_cancelled_before_we_saw_it_is_not_imported(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="cancelled", lines=3)
    run(portal, "pull-orders:")
    assert not PurchaseOrder.objects.filter(source_key=made["_id"]).exists()


def test_edge_44_an_order_cancelled_after_it_was_sent_raises_an_alert(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=3)
    run(portal, "pull-orders:")
    PurchaseOrder.objects.update(status=Status.SENDING)
    brand.play(f"orders/{made['_id']}/status", status="cancelled")
    run(portal, "pull-orders:")
    order = order_of(made)
    assert (order.status, order.brand_status) == (Status.SENDING, "cancelled")
    change = OrderChange.objects.get(order=order, field="brand_status")
    assert "safe point" in change.text


def test_d20_an_order_deleted_at_the_brand_is_kept_and_told_once(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=3)
    run(portal, "pull-orders:")
    lost = order_of(made)
    brand.play(f"orders/{made['_id']}/remove")
    for _ in range(2):
        long_ago()
        assert run(portal, "pull-orders:") == []
    lost.refresh_from_db()
    assert lost.lines.count() == 3
    assert [p["code"] for p in lost.problems].count("gone") == 1
    assert Event.objects.about(lost).filter(verb="gone").count() == 1


def test_edge_60_one_number_at_two_portals_is_two_orders(
    portal: Connection, brand: NuOrderSandbox, in_shop: Retailer
) -> None:
    other = connected(in_shop, brand, "kestrel-lane", name="Kestrel Lane")
    brand.order("tarn-thistle", status="approved", lines=2, number="100589")
    brand.order("kestrel-lane", status="approved", lines=2, number="100589")
    run(portal, "pull-orders:")
    run(other, "pull-orders:")
    found = PurchaseOrder.objects.filter(number="100589")
    assert sorted(order.source for order in found) == sorted(
        [f"nuorder:{portal.pk}", f"nuorder:{other.pk}"]
    )


def test_check_now_reads_open_orders_again_although_no_list_says_that_they_changed(
    portal: Connection, brand: NuOrderSandbox, ana: User
) -> None:
    run(portal, "pull-orders:")
    before = dict(PurchaseOrder.objects.values_list("pk", "read_at"))
    aside = PurchaseOrder.objects.order_by("pk")[0]
    PurchaseOrder.objects.filter(pk=aside.pk).update(status=Status.ELSEWHERE)

    run(portal, "pull-orders:")
    assert dict(PurchaseOrder.objects.values_list("pk", "read_at")) == before, "not by the clock"

    ask(portal, "pull-orders:", by=ana)
    run(portal)
    after = dict(PurchaseOrder.objects.values_list("pk", "read_at"))
    assert after.pop(aside.pk) == before.pop(aside.pk)
    assert all(after[pk] > read for pk, read in before.items())


def test_open_orders_are_read_again_hourly_and_finished_ones_for_sixty_days(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    run(portal, "pull-orders:")
    first, second, third = PurchaseOrder.objects.order_by("pk")[:3]
    PurchaseOrder.objects.exclude(pk__in=[first.pk, second.pk, third.pk]).update(
        status=Status.ELSEWHERE
    )
    now = timezone.now()
    PurchaseOrder.objects.filter(pk=second.pk).update(
        status=Status.RECEIVED, sent_at=now - timedelta(days=59)
    )
    PurchaseOrder.objects.filter(pk=third.pk).update(
        status=Status.RECEIVED, sent_at=now - timedelta(days=61)
    )
    long_ago()
    run(portal, "pull-orders:")
    again = PurchaseOrder.objects.filter(read_at__gt=now)
    assert set(again) == {first, second}


def test_somebody_opens_an_order_and_it_is_read_at_once(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=3)
    run(portal, "pull-orders:")
    order = order_of(made)
    line = order.lines.select_related("item").first()
    assert line is not None
    wanted = line.quantity + 5
    brand.play(f"orders/{made['_id']}/size", line=0, size=line.item.size, quantity=wanted)
    run(portal, f"read-order:{made['_id']}")
    line.refresh_from_db()
    assert line.quantity == wanted - 5, "it was read a moment ago"
    long_ago()
    run(portal, f"read-order:{order.pk}")
    line.refresh_from_db()
    order.refresh_from_db()
    assert line.quantity == wanted
    assert order.bodies.count() == 2
    event = Event.objects.about(order).get(verb="brand_changed")
    assert f"{wanted} units instead of {wanted - 5}" in event.text.replace("\xa0", " ")


def test_edge_41_a_quantity_changed_after_approval_becomes_a_change_and_nothing_moves(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=3)
    run(portal, "pull-orders:")
    order = order_of(made)
    PurchaseOrder.objects.filter(pk=order.pk).update(status=Status.ON_ORDER)
    line = order.lines.select_related("item").first()
    assert line is not None
    brand.play(f"orders/{made['_id']}/size", line=0, size=line.item.size, quantity=1)
    long_ago()
    run(portal, f"read-order:{order.pk}")
    before = line.quantity
    line.refresh_from_db()
    assert line.quantity == before
    change = OrderChange.objects.get(order=order)
    assert (change.line, change.field, change.old, change.new) == (
        line,
        "quantity",
        str(before),
        "1",
    )


def test_edge_14_a_renamed_size_keeps_its_link(
    portal: Connection, brand: NuOrderSandbox, in_shop: Retailer
) -> None:
    first = brand.order("tarn-thistle", status="approved", lines=6, seed=3)
    run(portal, "pull-orders:")
    variant: Any = VariantFactory(retailer=in_shop)
    old = order_of(first).lines.select_related("item").order_by("position")[0].item
    SupplierItem.objects.filter(pk=old.pk).update(variant=variant)
    SupplierItem.objects.update(detail_read_at=timezone.now() - timedelta(days=2))
    again = brand.order(
        "tarn-thistle", status="approved", lines=6, seed=3, dirty="size_label_renamed"
    )
    run(portal, "pull-orders:")
    new = order_of(again).lines.select_related("item").order_by("position")[0].item
    assert (new.size, new.sku_key) == ("Medium", old.sku_key)
    assert new.pk != old.pk
    assert new.variant == variant


def test_cleo_sees_nothing_of_what_was_pulled_for_ana(
    portal: Connection, brand: NuOrderSandbox, other_shop: Retailer
) -> None:
    run(portal, "pull-orders:")
    with acting_for(other_shop):
        assert not PurchaseOrder.objects.exists()
        assert not OrderBody.objects.exists()


@pytest.mark.parametrize("trouble", ["D5_nan_quantity", "D8_not_json", "D7_integer_of_5000_digits"])
def test_one_order_that_cannot_be_read_never_keeps_another(
    portal: Connection, brand: NuOrderSandbox, trouble: str
) -> None:
    bad = brand.order("tarn-thistle", status="approved", lines=3, dirty=trouble)
    good = brand.order("tarn-thistle", status="approved", lines=3)
    assert run(portal, "pull-orders:") == []
    assert order_of(good).lines.count() == 3
    body = OrderBody.objects.get(source_key=bad["_id"])
    assert "could not be read" in body.trouble
    if trouble != "D8_not_json":
        order = order_of(bad)
        assert order.status == Status.WATCHING
        assert order.problems[0]["blocks"] is True
        assert order.problems[0]["text"] == body.trouble


def test_a_mistake_of_ours_with_one_order_is_its_own_trouble(
    portal: Connection, brand: NuOrderSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = brand.order("tarn-thistle", status="approved", lines=3)

    def broken(order: Any, **more: Any) -> Any:
        if order.source_key == made["_id"]:
            raise ZeroDivisionError
        return take_in(order, **more)

    monkeypatch.setattr("integrations.nuorder.sync.take_in", broken)
    assert run(portal, "pull-orders:") == []
    assert PurchaseOrder.objects.count() > 1
    assert order_of(made).problems[0]["code"] == "unreadable"


def test_a_token_that_is_not_known_any_more_parks_the_portal(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    brand.control("portals/tarn-thistle/revoke")
    left = run(portal, "pull-orders:")
    assert portal.state == Connection.State.RECONNECT
    assert [task.trouble for task in left] == [""]


def test_c9_a_clock_ten_minutes_off_is_learnt_and_remembered(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    Connection.objects.filter(pk=portal.pk).update(clock_offset=-600)
    assert run(portal, "pull-orders:") == []
    assert abs(portal.clock_offset) <= 2
    assert PurchaseOrder.objects.exists()


def test_edge_33_a_product_the_brand_took_away_is_noted_and_the_order_suffices(
    portal: Connection, brand: NuOrderSandbox, matched: list[int]
) -> None:
    made = brand.order(
        "tarn-thistle", status="approved", lines=6, dirty="product_removed_from_catalogue"
    )
    assert run(portal, "pull-orders:") == []
    order = order_of(made)
    assert OrderLine.objects.filter(order=order).count() == 6
    event = Event.objects.about(order).get(verb="products_read")
    assert "not in the brand's catalogue" in event.text
    assert order.pk in matched


def test_a_lost_lane_leaves_nothing_half_taken_in(
    portal: Connection, brand: NuOrderSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise LostLane

    monkeypatch.setattr("integrations.nuorder.sync._keep_body", lost)
    ask(portal, "pull-orders:")
    slices.work(portal.pk)
    assert not PurchaseOrder.objects.exists()
    assert SyncTask.objects.filter(subject="pull-orders:").exists()
