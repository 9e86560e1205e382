"""Each call of the client against the sandbox X-Series: what is sent, and what comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from integrations.errors import Exists, Forbidden, Missing, Refused, Unknown, Unreadable
from integrations.xseries import payloads
from integrations.xseries.api import VERSIONS, path_of, walk
from integrations.xseries.client import XSeriesClient, client_for
from integrations.xseries.payloads import RemoteBrand
from retailers.models import Retailer
from tests.integrations.test_xseries_payloads import New
from tests.integrations.xseries_kit import Till, open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(in_shop: Retailer, settings) -> Iterator[Till]:
    with open_till(in_shop, settings) as till:
        yield till


@contextmanager
def client(till: Till) -> Iterator[XSeriesClient]:
    with till.job() as job:
        yield client_for(job)


def order_head(till: Till, **more) -> dict:
    return payloads.consignment_payload(
        outlet_id=till.id("outlet"),
        supplier_id=till.id("supplier"),
        reference="41662",
        note="FALL26",
        **more,
    )


def test_every_path_is_pinned_to_a_version():
    assert set(VERSIONS.values()) == {"2026-07"}
    assert path_of("brands", "a/b c") == "/api/2026-07/brands/a%2Fb%20c"
    assert path_of("products", version="2.1") == "/api/2.1/products"


def test_names_are_created_and_answer_their_ids(till):
    with client(till) as pos:
        supplier = pos.create_supplier(payloads.supplier_payload("Acme"))
        brand = pos.create_brand(payloads.brand_payload("Acme"))
        attribute = pos.create_attribute(payloads.attribute_payload("Length"))
        tag = pos.create_tag(payloads.tag_payload("summer"))
        top, leaf = pos.create_categories(payloads.categories_payload(["Home", "Mugs"]))
        assert supplier in {row.remote_id for page in pos.suppliers_after(0) for row in page.rows}
        assert brand in {row.remote_id for page in pos.brands_after(0) for row in page.rows}
        assert attribute in {row.remote_id for row in pos.variant_attributes()}
        assert tag in {row.remote_id for page in pos.tags_after(0) for row in page.rows}
        found = {row.remote_id: row for page in pos.categories() for row in page}
        assert (found[leaf].path, found[leaf].is_leaf) == (("Home", "Mugs"), True)
        assert not found[top].is_leaf
        pos.delete_brand(brand)
        pos.delete_supplier(supplier)


def test_a_taken_attribute_name_is_exists(till):
    with client(till) as pos, pytest.raises(Exists):
        pos.create_attribute(payloads.attribute_payload("Size"))


def test_a_family_is_made_in_one_call_and_found_by_its_skus(till):
    """Ids come in no useful order: each is read back by SKU."""
    body = payloads.family_payload(
        name="Alpine Shell",
        supplier_id=till.id("supplier"),
        brand_id=till.id("brand"),
        attribute_ids={"colour": till.id("attribute", 1), "size": till.id("attribute", 2)},
        variants=[
            New(),
            New(sku="ALPL", barcode="", options=(("Colour", "Navy"), ("Size", "L"))),
        ],
    )
    with client(till) as pos:
        ids = pos.create_family(body)
        (row,) = pos.products_by_sku("ALPL")
        assert row.remote_id in ids
        assert len(ids) == 2
        assert [one.value for one in row.options] == ["Navy", "L"]
        assert row.suppliers is not None
        assert row.suppliers[0].cost == Decimal("90.1")
        assert {one.sku for one in pos.products_by_name("Alpine Shell")} == {"ALP100NVYM", "ALPL"}
        assert {one.sku for one in pos.search_products(["ALPL", "alp100nvym"])} == {
            "ALP100NVYM",
            "ALPL",
        }
        added = pos.add_variant(
            payloads.added_variant_payload(
                family_name="Alpine Shell",
                family_id=row.head_id,
                attribute_ids={
                    "colour": till.id("attribute", 1),
                    "size": till.id("attribute", 2),
                },
                variant=New(sku="ALPXL", barcode="", options=(("Colour", "Navy"), ("Size", "XL"))),
            )
        )
        assert pos.product(added).head_id == row.head_id
        pos.update_product(added, details={"is_active": False})
        assert not pos.product(added).is_active
        pos.delete_product(added)
        assert pos.product(added).deleted_at is not None
        with pytest.raises(Refused, match="already used"):
            pos.create_family(payloads.family_payload(name="Other", variants=[New(options=())]))


def test_a_picture_is_uploaded_once_and_its_fate_can_be_asked(till):
    stream = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(stream, "JPEG")
    with client(till) as pos:
        image, status = pos.upload_image(
            till.id("product"), stream.getvalue(), "navy.jpg", "image/jpeg"
        )
        again, _status = pos.upload_image(
            till.id("product"), stream.getvalue(), "navy.jpg", "image/jpeg"
        )
        assert status in {"processing", "uploaded"}
        assert again == image
        assert pos.image(image).remote_id == image
        assert pos.product(till.id("product")).pictures is not None
    assert len(till.effects("image_uploaded")) == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_order_is_made_filled_corrected_and_closed(till, settings, wrapped):
    """Bulk adds, PUT sets, received dispatches; the body may be wrapped or flat."""
    settings.XSERIES_WRAP_CONSIGNMENTS = wrapped
    mug, bowl = till.id("product", 1), till.id("product", 2)
    with client(till) as pos:
        made = pos.create_consignment(order_head(till))
        assert (made.reference, made.status, made.version > 0) == ("41662", "OPEN", True)
        pos.add_lines_bulk(
            made.remote_id, [payloads.line_entry(mug, count=6, cost=Decimal("5.25"))]
        )
        pos.add_lines_bulk(made.remote_id, [payloads.line_entry(mug, count=6)])
        pos.post_line(made.remote_id, payloads.line_entry(bowl, count=1))
        assert {one.product_id: one.count for one in pos.consignment_lines(made.remote_id)} == {
            mug: 12,
            bowl: 1,
        }
        pos.put_line(made.remote_id, mug, payloads.line_values(count=6, cost=Decimal("5.00")))
        pos.delete_line(made.remote_id, bowl)
        (line,) = pos.consignment_lines(made.remote_id)
        assert (line.count, line.cost) == (Decimal(6), Decimal(5))
        sent = pos.update_consignment(made.remote_id, order_head(till, status="SENT"))
        assert sent.status == "SENT"
        pos.add_lines_bulk(made.remote_id, [payloads.received_entry(mug, received=4)])
        assert pos.consignment(made.remote_id).status == "DISPATCHED"
        pos.update_consignment(made.remote_id, order_head(till, status="RECEIVED"))
        assert pos.totals(made.remote_id).received_count == 4
        with pytest.raises(Refused):
            pos.delete_consignment(made.remote_id)
    assert till.stock(mug, till.id("outlet")) == 8


def test_a_deleted_order_is_missing(till):
    with client(till) as pos:
        made = pos.create_consignment(order_head(till))
        pos.delete_consignment(made.remote_id)
        with pytest.raises(Missing):
            pos.consignment(made.remote_id)
        with pytest.raises(Missing):
            pos.delete_consignment(made.remote_id)


def test_long_orders_are_read_to_their_end(till):
    """A page is the last one only when the next is empty."""
    with client(till) as pos:
        made = pos.create_consignment(order_head(till))
        entries = [payloads.line_entry(till.id("product", n), count=n) for n in (1, 2)]
        pos.add_lines_bulk(made.remote_id, entries)
        till.fault(f"GET {path_of('consignments')}", "duplicate_on_page", count=1)
        assert len(pos.consignment_lines(made.remote_id)) == 2


def test_stock_and_webhooks(till):
    with client(till) as pos:
        (made,) = pos.stock_adjustments(
            payloads.adjustment_payload(till.id("product"), till.id("outlet"), -1, "DAMAGE")
        )
        assert made
        levels = {row.outlet_id: row.on_hand for row in pos.stock_of([till.id("product")])}
        assert levels == {till.id("outlet", 1): 3, till.id("outlet", 2): 4}
        hook = pos.create_webhook(
            payloads.webhook_payload("inventory.update", "http://127.0.0.1:9/hooks")
        )
        assert [one.remote_id for one in pos.webhooks()] == [hook.remote_id]
        with pytest.raises(Exists):
            pos.create_webhook(
                payloads.webhook_payload("inventory.update", "http://127.0.0.1:9/hooks")
            )
        assert pos.user().remote_id == till.id("user")
        assert [len(page.rows) for page in pos.sales_after(0)] == [1]


@pytest.mark.parametrize(
    "fault", ["empty", "truncate", "html_login", "lost_response", "error_after", "redirect"]
)
def test_a_write_they_did_not_confirm_is_unknown_not_refused(till, fault):
    """A6, A10, A15, A16, A20, A23: look before sending again."""
    till.fault("POST /api/2026-07/suppliers", fault, count=1)
    with client(till) as pos, pytest.raises(Unknown):
        pos.create_supplier(payloads.supplier_payload("Acme"))


def test_a_write_without_its_scope_is_forbidden_and_names_it(till):
    """C7."""
    till.control(
        "POST",
        "/tokens/change",
        {"shop": till.prefix, "action": "scopes", "scopes": ["suppliers:read"]},
    )
    with client(till) as pos, pytest.raises(Forbidden, match="suppliers:write"):
        pos.create_supplier(payloads.supplier_payload("Acme"))


# --- the page walker, without a server ---------------------------------------------------------


def pages_of(*answers):
    queue = list(answers)
    return list(walk(lambda cursor: queue.pop(0), RemoteBrand.from_payload, after=0, what="brands"))


def brand(number: int, version: int, **more) -> dict:
    return {"id": f"b{number}", "name": f"Brand {number}", "version": version, **more}


EMPTY = {"data": [], "version": {"min": None, "max": None}}


def test_an_empty_page_with_null_versions_is_the_end():
    """B9."""
    assert pages_of(EMPTY) == []


def test_a_short_page_is_not_the_end():
    """B5: only an empty one is."""
    first = {"data": [brand(1, 5)], "version": {"min": 5, "max": 9}}
    second = {"data": [brand(2, 12)], "version": {"min": 12, "max": 12}}
    assert [page.cursor for page in pages_of(first, second, EMPTY)] == [9, 12]


def test_a_thing_twice_on_a_page_counts_in_its_newest_version():
    """B1, B2."""
    page = {"data": [brand(1, 9), brand(1, 5, name="Old")], "version": {"max": 9}}
    ((row,),) = [one.rows for one in pages_of(page, EMPTY)]
    assert row.name == "Brand 1"


def test_a_bare_array_carries_its_versions_in_its_rows():
    assert [page.cursor for page in pages_of([brand(1, 4), brand(2, 7)], [])] == [7]


@pytest.mark.parametrize("answer", [{"data": None}, {"error": "no"}, "text", None])
def test_what_is_no_list_is_unreadable(answer):
    with pytest.raises(Unreadable, match="without a list"):
        pages_of(answer)


def test_a_cursor_that_does_not_rise_stops_the_walk():
    """B4."""
    page = {"data": [brand(1, 5)], "version": {"min": 5, "max": 5}}
    with pytest.raises(Unreadable, match="repeats a page"):
        pages_of(page, page)
