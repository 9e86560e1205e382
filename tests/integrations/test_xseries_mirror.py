"""Keeping our copy of the shop, against a sandbox X-Series on real sockets."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalog.models import (
    Attribute,
    Barcode,
    Brand,
    Category,
    Product,
    StockChange,
    StockLevel,
    Tag,
    Tax,
    Variant,
)
from integrations import pace
from integrations.engine import SliceOver
from integrations.errors import Forbidden, Unreadable
from integrations.lanes import LostLane
from integrations.models import Cursor, Lane, PosOrder, RemoteLink
from integrations.xseries import sync
from integrations.xseries.api import page_of
from integrations.xseries.client import client_for
from integrations.xseries.mirror.feeds import run_feed
from integrations.xseries.mirror.products import product_feed
from integrations.xseries.payloads import RemoteBrand, RemoteProduct
from purchasing.models import Supplier, VariantSupplier
from retailers.models import Outlet, Retailer
from tests.factories import (
    BrandFactory,
    SupplierFactory,
    SupplierItemFactory,
)
from tests.integrations.xseries_kit import Till, open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(in_shop: Retailer, settings) -> Iterator[Till]:
    with open_till(in_shop, settings) as till:
        yield till


@pytest.fixture
def busy_till(in_shop: Retailer, settings) -> Iterator[Till]:
    """A shop with families, brands, suppliers, categories and stock."""
    with open_till(in_shop, settings, world="small") as till:
        yield till


def mirrored(till: Till, subject: str = "mirror:", **facts) -> None:
    with till.job(subject, **facts) as job:
        sync.mirror(job)


def variant_of(till: Till, product: str) -> Variant:
    link = RemoteLink.objects.get(connection=till.connection, kind="product", remote_id=product)
    return Variant.objects.get(pk=link.local_id)


def test_the_first_run_brings_the_whole_shop(till):
    mirrored(till)
    assert {outlet.name: outlet.registers for outlet in Outlet.objects.all()} == {
        "Shop 1": 1,
        "Shop 2": 1,
    }
    assert Lane.objects.get(connection=till.connection).budget_limit == 300 * 2 + 50
    assert Tax.objects.get().rate == Decimal("0.1")
    assert [row.name for row in Supplier.objects.all()] == ["Tarn & Thistle"]
    assert Supplier.objects.get().in_pos
    assert Brand.objects.get().name == "Tarn & Thistle"
    assert {row.name for row in Attribute.objects.all()} == {"Colour", "Size"}
    assert Category.objects.get().path == "Knitwear"
    assert Tag.objects.get().name == "winter"
    assert Variant.objects.count() == Product.objects.count() == 3
    mug = variant_of(till, till.id("product"))
    assert (mug.sku, mug.supply_price, mug.price_excluding_tax) == (
        "10001",
        Decimal("5.25"),
        Decimal("12.5"),
    )
    assert mug.price_including_tax is None
    assert [code.code for code in mug.barcodes.all()] == ["10001"]
    assert sorted(level.on_hand for level in mug.stock.all()) == [4, 4]


def test_families_have_one_product_and_many_variants(busy_till):
    mirrored(busy_till)
    rows = [row for row in _all(busy_till, "/products?deleted=true") if not row["deleted_at"]]
    heads = {row["variant_parent_id"] or row["id"] for row in rows}
    assert Variant.objects.filter(deleted_at=None).count() == len(rows)
    assert Product.objects.filter(deleted_at=None).count() == len(heads)
    child = next(row for row in rows if row["variant_parent_id"])
    variant = variant_of(busy_till, child["id"])
    head = variant_of(busy_till, child["variant_parent_id"])
    assert variant.product == head.product
    assert variant.options == [
        {"name": one["name"], "value": one["value"]} for one in child["variant_options"]
    ]
    assert variant.product.attributes == [one["name"] for one in child["variant_options"]]
    link = RemoteLink.objects.get(kind="family", local_id=variant.product_id)
    assert link.remote_id == child["variant_parent_id"]
    assert link.facts["family_id"] == child["family_id"]
    codes = {(code["code"], code["type"]) for row in rows for code in row["product_codes"]}
    assert {(code.code, code.kind) for code in Barcode.objects.all()} == codes
    inactive = [row["id"] for row in rows if not row["is_active"]]
    assert Variant.objects.filter(is_active=False).count() == len(inactive)


def test_suppliers_of_a_product_come_with_code_and_cost(busy_till):
    mirrored(busy_till)
    rows = [row for row in _all(busy_till, "/products") if row["product_suppliers"]]
    shown = rows[0]["product_suppliers"][0]
    found = VariantSupplier.objects.get(variant=variant_of(busy_till, rows[0]["id"]))
    assert (found.code, found.cost) == (shown["code"], Decimal(str(shown["price"])))
    assert found.supplier.name == shown["supplier_name"].strip()


def test_a_second_run_changes_nothing_and_costs_one_call_a_feed(till):
    mirrored(till)
    before = StockChange.objects.count()
    seen = len(till.calls())
    mirrored(till)
    made = till.calls()[seen:]
    assert StockChange.objects.count() == before
    # Five quick feeds, and one look at a quiet feed's last row an hour.
    assert len([call for call in made if "token" not in call["route"]]) <= 12
    seen = len(till.calls())
    with till.job() as job:
        sync.bring_up_to_date(job)
    assert len(till.calls()) - seen == 4


def test_pages_cost_a_fixed_number_of_statements(busy_till):
    """Memory and statements do not grow with the shop (B8)."""
    with CaptureQueriesContext(database) as few, busy_till.job() as job:
        for stream in ("suppliers", "brands", "products"):
            sync.bring_up_to_date(job, (stream,), thorough=True)
    assert Variant.objects.count() > 40
    assert len(few) < 120


def test_a_change_is_seen_and_a_newer_version_wins(till):
    """B1, B2: the newest version of a row counts, an older one is left alone."""
    mirrored(till)
    till.ok("PUT", f"/products/{till.id('product')}", {"common": {"name": "Morning Mug"}})
    mirrored(till)
    assert variant_of(till, till.id("product")).product.name == "Morning Mug"
    link = RemoteLink.objects.get(kind="product", remote_id=till.id("product"))
    RemoteLink.objects.filter(pk=link.pk).update(version=link.version + 10**6)
    till.ok("PUT", f"/products/{till.id('product')}", {"common": {"name": "Older News"}})
    mirrored(till)
    assert variant_of(till, till.id("product")).product.name == "Morning Mug"


def test_a_deleted_product_breaks_its_remembered_link(till):
    """Edge case 29, D21, B3: the tombstone is kept and the link asks again."""
    mirrored(till)
    variant = variant_of(till, till.id("product"))
    item = SupplierItemFactory(retailer=till.connection.retailer, variant=variant)
    till.ok("DELETE", f"/products/{till.id('product')}")
    mirrored(till)
    variant.refresh_from_db()
    item.refresh_from_db()
    assert variant.deleted_at is not None
    assert Product.objects.get(pk=variant.product_id).deleted_at is not None
    assert item.link_trouble == "deleted"
    assert item.variant == variant


def test_an_inactive_product_stays_and_says_so(till):
    """Edge case 30."""
    mirrored(till)
    till.ok("PUT", f"/products/{till.id('product')}", {"details": {"is_active": False}})
    mirrored(till)
    variant = variant_of(till, till.id("product"))
    assert not variant.is_active
    assert not variant.product.is_active
    assert variant.deleted_at is None


def test_a_supplier_of_ours_becomes_theirs_when_the_name_is_the_same(till):
    """Edge cases 35, 36: case and punctuation do not make a second supplier."""
    mine = SupplierFactory(retailer=till.connection.retailer, name="TARN & THISTLE ", in_pos=False)
    brand = BrandFactory(retailer=till.connection.retailer, name="tarn thistle")
    mirrored(till)
    assert Supplier.objects.get() == mine
    assert Supplier.objects.get().in_pos
    assert Brand.objects.get() == brand
    assert RemoteLink.objects.get(kind="supplier").local_id == mine.pk


def test_two_suppliers_of_one_name_there_are_two_here(till):
    till.ok("POST", "/suppliers", {"name": "Tarn & Thistle", "contact": {}})
    mirrored(till)
    assert Supplier.objects.count() == 2


def test_every_change_of_stock_is_a_dated_row_from_the_first_run_on(till):
    mirrored(till)
    mug, outlet = till.id("product"), till.id("outlet")
    first = StockChange.objects.filter(variant=variant_of(till, mug))
    assert [(row.before, row.after) for row in first] == [(None, Decimal(4))] * 2
    _adjust(till, mug, outlet, "-3")
    mirrored(till)
    last = StockChange.objects.latest("pk")
    assert (last.before, last.after) == (Decimal(4), Decimal(1))
    assert StockLevel.objects.get(variant=last.variant, outlet=last.outlet).on_hand == 1


def test_stock_of_some_products_is_read_back_at_once(till):
    mirrored(till)
    mug = variant_of(till, till.id("product"))
    _adjust(till, till.id("product"), till.id("outlet"), "6")
    seen = len(till.calls())
    with till.job() as job:
        rows = sync.read_stock(job, [mug.pk])
    assert len(till.calls()) - seen == 1
    assert {(row["before"], row["after"]) for row in rows} == {("4", "10"), ("4", "4")}
    # The feed brings the same level again later: no second change is noted.
    changes = StockChange.objects.count()
    mirrored(till)
    assert StockChange.objects.count() == changes


def test_stock_of_a_product_made_meanwhile_is_not_lost(till):
    """Its inventory row names a product that our copy of the products lacks."""
    with till.job() as job:
        sync.bring_up_to_date(job, ("outlets", "products"))
        made = till.ok("POST", "/products", {"name": "New Bowl", "sku": "BOWL1"})["data"][0]
        _adjust(till, made, till.id("outlet"), "7")
        sync.bring_up_to_date(job, ("inventory",))
    assert variant_of(till, made).stock.get(on_hand=7)


def test_purchase_orders_of_others_are_shown_and_other_consignments_are_not(till):
    _consignment(till, reference="41662")
    _consignment(till, type="RETURN", name="Back to the brand")
    mirrored(till)
    order = PosOrder.objects.get()
    assert (order.reference, order.reference_key, order.status) == ("41662", "41662", "OPEN")
    assert order.supplier_remote_id == till.id("supplier")
    assert order.order is None
    till.ok("DELETE", f"/consignments/{order.remote_id}")
    mirrored(till)
    order.refresh_from_db()
    assert order.deleted_at is not None


@pytest.mark.parametrize("fault", ["duplicate_on_page", "truncate", "html_login", "status"])
def test_a_spoiled_page_costs_a_retry_and_nothing_else(till, fault):
    """B1, B7: the cursor stays at the last page that was stored."""
    params = {"code": 502} if fault == "status" else {}
    till.fault("GET /api/2026-07/products", fault, count=1, params=params)
    with till.job() as job:
        try:
            sync.bring_up_to_date(job, ("products",))
        except Exception:
            assert not Cursor.objects.get(stream="products").value
        sync.bring_up_to_date(job, ("products",), thorough=True)
    assert Variant.objects.count() == 3


def test_a_feed_that_stands_still_is_an_alarm_not_a_loop(till):
    """B4."""
    till.fault("GET /api/2026-07/products", "repeat_page", count=50)
    with till.job() as job, pytest.raises(Unreadable, match="repeats a page"):
        sync.bring_up_to_date(job, ("products",), thorough=True)


def test_a_shop_restored_to_yesterday_is_read_from_the_beginning(till):
    """B6: the cursor points into the future; what yesterday did not have is gone."""
    mirrored(till)
    made = till.ok("POST", "/products", {"name": "Lost Bowl", "sku": "BOWL1"})["data"][0]
    mirrored(till)
    assert variant_of(till, made).deleted_at is None
    token = {name: till.tokens[name] for name in ("access_token", "refresh_token")}
    till.control("POST", "/reset", {})
    till.tokens = till.control("POST", "/tokens", {"shop": till.prefix}).json()
    assert till.tokens["access_token"] != token["access_token"]
    till.connection.token = till.tokens["access_token"]
    till.connection.save()
    for cursor in Cursor.objects.all():
        cursor.facts.pop("sound_at", None)
        cursor.save()
    mirrored(till)
    mirrored(till)
    assert variant_of(till, made).deleted_at is not None
    assert variant_of(till, till.id("product")).deleted_at is None
    assert "full" not in till.cursor("products").facts


def test_a_full_walk_finds_what_no_feed_told(till):
    """B3: a row that vanished without a tombstone."""
    mirrored(till)
    ghost = RemoteLink.objects.get(kind="product", remote_id=till.id("product", 2))
    RemoteLink.objects.filter(pk=ghost.pk).update(remote_id="vanished")
    mirrored(till, "mirror:full")
    mirrored(till)
    assert Variant.objects.get(pk=ghost.local_id).deleted_at is not None


def test_a_row_that_cannot_be_read_is_not_called_gone(till):
    """P5, B3: it is named at the cursor, and stays as it was."""
    mirrored(till)
    mug = variant_of(till, till.id("product"))
    till.ok("PUT", f"/products/{till.id('product')}", {"common": {"name": "Morning Mug"}})
    with till.job("mirror:full") as job:
        sync.mirror(job)
    with till.job() as job:
        client = client_for(job)

        def spoilt(payload: object) -> RemoteProduct:
            row = RemoteProduct.from_payload(payload)
            if row.remote_id == till.id("product"):
                raise Unreadable(f"X-Series product {row.remote_id}: sku is not a text.")
            return row

        feed = product_feed(job, client)
        pages = client.api.feed("products", spoilt, params={"deleted": "true"})
        run_feed(job, replace(feed, after=lambda version: pages))
    mug.refresh_from_db()
    assert mug.deleted_at is None
    assert "sku is not a text" in till.cursor("products").facts["unreadable"][0]


def test_one_unreadable_row_stops_nobody():
    """P5: the row is named, the others come, the cursor goes on."""

    rows = [{"id": "b1", "name": "Tarn", "version": 3}, {"id": "b2", "version": "x"}, 7]
    page = page_of(rows, RemoteBrand.from_payload, 9, "brands")
    assert [row.name for row in page.rows] == ["Tarn"]
    assert page.cursor == 9
    assert "b2" in page.troubles[0]
    assert "name is missing" in page.troubles[0]
    assert "version is not a whole number" in page.troubles[0]


def test_a_missing_scope_parks_one_list_and_not_the_others(till):
    """C7: the scope is named, everything else comes."""
    scopes = [one for one in till.tokens["scope"].split() if one != "taxes:read"]
    till.control(
        "POST",
        "/tokens/change",
        {"shop": till.prefix, "action": "scopes", "scopes": scopes},
    )
    with pytest.raises(Forbidden, match="taxes:read"):
        mirrored(till)
    assert Variant.objects.count() == 3
    assert StockLevel.objects.count() == 2
    assert not Tax.objects.exists()


def test_slow_lists_are_read_when_a_person_asks(till, ana):
    mirrored(till)
    seen = len(till.calls("/outlets"))
    mirrored(till)
    assert len(till.calls("/outlets")) == seen
    mirrored(till, by=ana)
    assert len(till.calls("/outlets")) > seen


def test_a_run_whose_time_is_up_goes_on_where_it_was(till, monkeypatch):
    """B7: the slice ends between two calls, and the next one begins at the stored cursor."""
    monkeypatch.setattr(pace, "SLICE_SECONDS", 0.0)
    with till.job() as job, pytest.raises(SliceOver):
        sync.mirror(job)
    monkeypatch.undo()
    mirrored(till)
    assert Variant.objects.count() == 3


def test_a_worker_that_lost_its_lane_changes_nothing(till):
    """The fence refuses the page of a worker that was paused."""
    with till.job() as job:
        Lane.objects.filter(pk=job.fence.lane_id).update(fence=job.fence.number + 1)
        with pytest.raises(LostLane):
            sync.mirror(job)
    assert not Variant.objects.exists()


def test_costs_without_the_scope_are_unknown_never_zero(till):
    till.connection.scopes = "products:read"
    till.connection.save()
    till.ok(
        "PUT",
        f"/products/{till.id('product')}",
        {"details": {"product_suppliers": [{"supplier_id": till.id("supplier"), "price": 0}]}},
    )
    mirrored(till)
    assert variant_of(till, till.id("product")).supply_price is None
    assert VariantSupplier.objects.get().cost is None


def _all(till: Till, path: str) -> list[dict]:
    sign = "&" if "?" in path else "?"
    return list(till.ok("GET", f"{path}{sign}page_size=5000")["data"])


def _adjust(till: Till, product: str, outlet: str, quantity: str) -> None:
    row = {
        "product_id": product,
        "outlet_id": outlet,
        "quantity": quantity,
        "reason": "STOCK_FOUND",
    }
    till.ok("POST", "/stock_adjustments", {"stock_adjustments": [row]})


def _consignment(till: Till, **members) -> str:
    body = {
        "name": "Spring order",
        "type": "SUPPLIER",
        "outlet_id": till.id("outlet"),
        "supplier_id": till.id("supplier"),
        **members,
    }
    return str(till.ok("POST", "/consignments", body)["data"]["id"])
