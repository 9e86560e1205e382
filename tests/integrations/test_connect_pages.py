"""Today, Sync, Find, Suppliers, Products: what they say, to whom, in how many queries."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations.models import Connection, Lane, RemoteStep, SyncTask
from purchasing.models import Decision, Delivery, OrderChange, PurchaseOrder, SupplierBrand
from retailers.scope import acting_for
from tests.factories import (
    BarcodeFactory,
    BrandFactory,
    ConnectionFactory,
    OrderLineFactory,
    OutletFactory,
    ProductFactory,
    PurchaseOrderFactory,
    StockLevelFactory,
    SupplierFactory,
    SupplierItemFactory,
    VariantFactory,
    VariantSupplierFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def today(shop) -> date:
    """The calendar day at the shop."""
    return timezone.localdate(timezone=ZoneInfo(shop.timezone))


def task_of(connection: Connection, subject: str, **facts) -> SyncTask:
    with acting_for(connection.retailer_id):
        return SyncTask.objects.create(
            retailer_id=connection.retailer_id,
            connection=connection,
            subject=subject,
            not_before=facts.pop("not_before", timezone.now()),
            **facts,
        )


# --- Today -----------------------------------------------------------------------------------


def test_a_new_shop_is_led_through_its_first_order(shop, owner, as_user):
    browser = as_user(owner)
    page = browser.get("/").content.decode()
    assert "The first order, step by step" in page
    assert page.count("Connect Lightspeed</a>") == 1

    ConnectionFactory(retailer=shop, system="xseries", domain_prefix="alder")
    page = browser.get("/").content.decode()
    assert "Add a brand</a>" in page

    ConnectionFactory(retailer=shop)
    order = PurchaseOrderFactory(retailer=shop)
    page = browser.get("/").content.decode()
    assert f"/orders/{order.pk}/review/" in page


def test_the_steps_are_gone_once_they_are_walked(shop, ana, as_user):
    order = PurchaseOrderFactory(
        retailer=shop, status="received", approved_at=timezone.now(), sent_at=timezone.now()
    )
    with acting_for(shop):
        Delivery.objects.create(order=order, number=1, state="written", retailer=shop)
    page = as_user(ana).get("/").content.decode()
    assert "step by step" not in page
    assert "Nothing needs you now" in page


def test_what_needs_ana_today(shop, ana, as_user):
    order = PurchaseOrderFactory(retailer=shop, number="41872", cost=Decimal("17414"), units=393)
    for style, bin_ in (("A", "certain"), ("B", "certain"), ("C", "new")):
        item = SupplierItemFactory(retailer=shop, supplier=order.supplier, style_number=style)
        with acting_for(shop):
            Decision.objects.create(order=order, item=item, bin=bin_, action="link", retailer=shop)
    changed = PurchaseOrderFactory(retailer=shop, number="40915", status="on_order")
    with acting_for(shop):
        OrderChange.objects.create(
            order=changed, field="quantity", text="Moss M: 12 became 8.", retailer=shop
        )
    pos = ConnectionFactory(retailer=shop, system="xseries", domain_prefix="alder", name="Alder")
    stuck = PurchaseOrderFactory(retailer=shop, number="41660", status="sending")
    task_of(pos, f"send-order:{stuck.pk}", trouble="refused", trouble_text="Barcode is taken.")

    page = as_user(ana).get("/").content.decode()

    assert "Three things wait for you" in page
    assert "Review order 41872" in page
    assert "2 of 3 styles are certain, 1 needs a look." in page
    assert "USD\u00a017,414.00" in page
    assert "Moss M: 12 became 8." in page
    assert "Send order 41660 to Lightspeed" in page
    assert "Barcode is taken." in page


def test_a_change_of_every_line_is_told_once_and_hides_no_other_order(shop, ana, as_user):
    first, second = PurchaseOrderFactory.create_batch(2, retailer=shop, status="on_order")
    OrderLineFactory.create_batch(205, retailer=shop, order=second)
    with acting_for(shop):
        moved = [
            OrderChange(
                order=second, line=line, field="window", text="Ships a week later.", retailer=shop
            )
            for line in (None, *second.lines.all())
        ]
        OrderChange.objects.bulk_create(moved)
        OrderChange.objects.create(
            order=first, field="quantity", text="12 became 8.", retailer=shop
        )
    page = as_user(ana).get("/").content.decode()
    assert page.count("Ships a week later.") == 1
    assert "more." not in page
    assert "12 became 8." in page


def test_ben_sees_no_money(shop, ben, as_user):
    order = PurchaseOrderFactory(
        retailer=shop, status="on_order", ship_end=today(shop), cost=Decimal(999)
    )
    OrderLineFactory(retailer=shop, order=order, quantity=7, unit_cost=Decimal(111))
    page = as_user(ben).get("/").content.decode()
    assert order.number in page
    assert "777" not in page
    assert "999" not in page
    assert "On order" not in page


def test_arriving_counts_what_is_still_to_come(shop, ana, as_user):
    late = PurchaseOrderFactory(
        retailer=shop, status="part_received", ship_end=today(shop) - timedelta(days=3)
    )
    OrderLineFactory(retailer=shop, order=late, quantity=12, received=5)
    OrderLineFactory(retailer=shop, order=late, quantity=4, removed=True)
    OrderLineFactory(retailer=shop, order=late, quantity=4, closed_short=True)
    PurchaseOrderFactory(
        retailer=shop, status="on_order", ship_end=today(shop) + timedelta(days=30)
    )
    page = as_user(ana).get("/")
    (one,) = page.context["arriving"]
    assert (one.units, one.cost, one.late_days) == (7, Decimal(168), 3)
    assert "3 days late" in page.content.decode()


def test_currencies_are_never_added(shop, ana, as_user):
    for currency, quantity in (("USD", 10), ("EUR", 3)):
        order = PurchaseOrderFactory(retailer=shop, status="on_order", currency=currency)
        OrderLineFactory(retailer=shop, order=order, quantity=quantity)
    sums = as_user(ana).get("/").context["on_order"]
    assert [(one.currency, one.cost) for one in sums] == [
        ("USD", Decimal(240)),
        ("EUR", Decimal(72)),
    ]


def test_today_asks_a_fixed_number_of_questions(shop, ana, as_user, django_assert_max_num_queries):
    for n in range(15):
        ConnectionFactory(retailer=shop)
        for status in ("to_review", "on_order"):
            order = PurchaseOrderFactory(retailer=shop, status=status, ship_end=today(shop))
            line = OrderLineFactory(retailer=shop, order=order)
            with acting_for(shop):
                Decision.objects.create(
                    order=order, item=line.item, bin="new", action="create", retailer=shop
                )
                OrderChange.objects.create(order=order, field="x", text=f"c{n}", retailer=shop)
    browser = as_user(ana)
    browser.get("/")
    with django_assert_max_num_queries(20):
        assert browser.get("/").status_code == 200


# --- Sync ------------------------------------------------------------------------------------


def test_each_line_says_how_it_stands(shop, owner, as_user):
    now = timezone.now()
    ConnectionFactory(retailer=shop, name="Tarn", last_ok_at=now - timedelta(minutes=2))
    slow = ConnectionFactory(retailer=shop, name="Osierworks", last_ok_at=now)
    Lane.objects.create(connection=slow, paused_until=now + timedelta(minutes=5))
    ConnectionFactory(retailer=shop, name="Ferrow", state="reconnect")

    page = as_user(owner).get("/sync/").content.decode()

    assert "One key was refused" in page
    for words in ("NuORDER: Tarn", "2 min ago", "Slowed down", "as they asked", "Key refused"):
        assert words in page


def test_a_parked_task_says_what_was_kept_and_the_ways_out(shop, ana, as_user):
    pos = ConnectionFactory(retailer=shop, system="xseries", domain_prefix="alder")
    order = PurchaseOrderFactory(retailer=shop, number="41660", status="sending")
    task = task_of(pos, f"send-order:{order.pk}", trouble="refused", trouble_text="It is taken.")
    with acting_for(shop):
        for n in range(8):
            RemoteStep.objects.create(
                connection=pos, order=order, kind="p", key=str(n), state="done", retailer=shop
            )
    browser = as_user(ana)

    page = browser.get("/sync/").content.decode()
    assert "One task needs an answer" in page
    assert "8 writes are done and checked. Nothing was written twice." in page
    assert "It is taken." in page
    assert f"/sync/tasks/{task.pk}/drop/" not in page  # it writes

    browser.post(f"/sync/tasks/{task.pk}/drop/")
    browser.post(f"/sync/tasks/{task.pk}/retry/")
    task.refresh_from_db()
    assert (task.trouble, task.asked_by) == ("", ana)


def test_a_parked_reading_task_is_put_away(shop, ana, as_user):
    portal = ConnectionFactory(retailer=shop)
    parked = task_of(portal, "pull-orders:", trouble="internal")
    running = task_of(portal, "test:")
    browser = as_user(ana)

    browser.post(f"/sync/tasks/{parked.pk}/drop/")
    browser.post(f"/sync/tasks/{running.pk}/drop/")

    with acting_for(shop):
        assert [task.pk for task in SyncTask.objects.all()] == [running.pk]


def test_many_calm_brands_are_one_line(shop, ana, as_user):
    for n in range(12):
        ConnectionFactory(retailer=shop, name=f"Brand {n:02}")
    browser = as_user(ana)
    assert "NuORDER: 7 more brands" in browser.get("/sync/").content.decode()
    assert "NuORDER: Brand 11" in browser.get("/sync/?all=1").content.decode()


def test_today_sends_nobody_to_what_they_may_not_do(shop, owner, ana, ben, as_user):
    portal = ConnectionFactory(retailer=shop, name="Kestrel", state="reconnect")
    PurchaseOrderFactory(retailer=shop, number="R-1", status=PurchaseOrder.Status.TO_REVIEW)
    task_of(portal, "pull-orders:", trouble="internal")

    def page(who):
        return as_user(who).get("/").content.decode()

    assert "Nothing needs you now" in page(ben)
    assert "Review order R-1" not in page(ben)
    assert "step by step" not in page(ben)
    assert "Review order R-1" in page(ana)
    assert "Sign in to Kestrel again" not in page(ana)
    assert "Sign in to Kestrel again" in page(owner)


def test_check_now_asks_everybody_once(shop, ana, as_user):
    portal = ConnectionFactory(retailer=shop)
    pos = ConnectionFactory(retailer=shop, system="xseries", domain_prefix="alder")
    ConnectionFactory(retailer=shop, state="reconnect")
    browser = as_user(ana)

    browser.post("/check-now/", {"next": "/orders/"})
    answer = browser.post("/check-now/", {"next": "https://evil.example/"})

    assert answer.headers["Location"] == "/sync/"
    with acting_for(shop):
        asked = {(task.connection_id, task.subject) for task in SyncTask.objects.all()}
    assert asked == {(portal.pk, "pull-orders:"), (pos.pk, "mirror:")}


def test_the_poll_ends_when_nothing_is_under_way(shop, ana, as_user):
    portal = ConnectionFactory(retailer=shop)
    browser = as_user(ana)
    assert browser.get("/sync/", headers=HTMX).status_code == 286
    task_of(portal, "pull-orders:")
    going = browser.get("/sync/", headers=HTMX)
    assert going.status_code == 200
    assert b"<html" not in going.content
    history = {**HTMX, "HX-History-Restore-Request": "true"}
    assert b"<html" in browser.get("/sync/", headers=history).content


def test_sync_asks_a_fixed_number_of_questions(shop, ana, as_user, django_assert_max_num_queries):
    for _n in range(12):
        portal = ConnectionFactory(retailer=shop)
        order = PurchaseOrderFactory(retailer=shop)
        task_of(portal, f"read-order:{order.pk}", trouble="internal", asked_by=ana)
        task_of(portal, "pull-orders:")
    browser = as_user(ana)
    with django_assert_max_num_queries(14):
        browser.get("/sync/?all=1")


# --- Find ------------------------------------------------------------------------------------


@pytest.fixture
def scarf(shop):
    """A scarf with a barcode, in stock at Quay Street."""
    product = ProductFactory(retailer=shop, name="Weir Scarf", brand=BrandFactory(retailer=shop))
    variant = VariantFactory(retailer=shop, product=product, sku="WEIR01")
    BarcodeFactory(retailer=shop, variant=variant)
    outlet = OutletFactory(retailer=shop, name="Quay Street")
    StockLevelFactory(retailer=shop, variant=variant, outlet=outlet, on_hand=Decimal(4))
    return product


@pytest.mark.parametrize("q", ["036000291452", "0036000291452", "weir01", "scarf weir", "WEIR"])
def test_a_product_is_found_by_any_of_its_names(scarf, ana, as_user, q):
    browser = as_user(ana)
    for path in ("/find/", "/products/"):
        page = browser.get(path, {"q": q}, headers=HTMX).content.decode()
        assert "Weir Scarf" in page
        assert f"/products/{scarf.pk}/" in page
        assert "<html" not in page


def test_orders_and_pages_are_found(shop, ana, as_user):
    order = PurchaseOrderFactory(retailer=shop, number="41872-2")
    browser = as_user(ana)
    assert f"/orders/{order.pk}/" in browser.get("/find/?q=41872").content.decode()
    assert 'href="/sync/"' in browser.get("/find/?q=syn", headers=HTMX).content.decode()
    assert "People" not in browser.get("/find/?q=peo", headers=HTMX).content.decode()


ODD = ["", " ", "%", "_", "\\", "'", '"', "a AND", "col:x", "-a", "NEAR(", "😀"]
ODD += ["x" * 10_000, "\x00"]


@pytest.mark.parametrize("q", ODD, ids=lambda q: repr(q[:6]))
def test_g4_odd_searches_are_no_error(scarf, ana, as_user, q):
    browser = as_user(ana)
    for path in ("/find/", "/products/", "/suppliers/"):
        assert browser.get(path, {"q": q}).status_code == 200


@pytest.mark.parametrize("junk", ["-1", "0", "1000000000", "abc", "9" * 30, "²"])
def test_g5_odd_pages_and_filters_are_the_default(scarf, ana, as_user, junk):
    browser = as_user(ana)
    for name in ("after", "before", "brand", "show"):
        assert browser.get("/products/", {name: junk}).status_code == 200
        assert browser.get("/suppliers/", {name: junk}).status_code == 200


# --- Products and suppliers ------------------------------------------------------------------


def test_pages_go_forth_and_back(shop, ana, as_user):
    for n in range(120):
        ProductFactory(retailer=shop, name=f"P {n:03}", brand=None)
    browser = as_user(ana)

    first = browser.get("/products/").context["page"]
    second = browser.get("/products/", {"after": first.after}).context["page"]
    third = browser.get("/products/", {"after": second.after}).context["page"]
    back = browser.get("/products/", {"before": second.before}).context["page"]

    assert [row.name for row in first.rows][:2] == ["P 000", "P 001"]
    assert second.rows[0].name == "P 050"
    assert (len(third.rows), third.after) == (20, None)
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    assert first.before is None
    assert back.before is None


def test_a_product_shows_its_rooms(shop, scarf, ana, ben, as_user):
    with acting_for(shop):
        variant = scarf.variants.get()
    VariantSupplierFactory(retailer=shop, variant=variant, code="WS-1", cost=Decimal("31.37"))
    page = as_user(ana).get(f"/products/{scarf.pk}/").content.decode()
    for words in ("WEIR01", "036000291452", "Quay Street", "WS-1", "31.37"):
        assert words in page
    hidden = as_user(ben).get(f"/products/{scarf.pk}/").content.decode()
    assert "WS-1" in hidden
    assert "31.37" not in hidden
    assert "24.00" not in hidden


def test_unknown_stock_says_so(shop, ana, as_user):
    variant = VariantFactory(retailer=shop)
    OutletFactory(retailer=shop)
    page = as_user(ana).get(f"/products/{variant.product_id}/").content.decode()
    assert "unknown" in page


def test_a_product_asks_a_fixed_number_of_questions(
    shop, ana, as_user, django_assert_max_num_queries
):
    product = ProductFactory(retailer=shop)
    outlets = [OutletFactory(retailer=shop) for _n in range(3)]
    for _n in range(20):
        variant = VariantFactory(retailer=shop, product=product)
        BarcodeFactory(retailer=shop, variant=variant)
        VariantSupplierFactory(retailer=shop, variant=variant)
        SupplierItemFactory(retailer=shop, variant=variant)
        for outlet in outlets:
            StockLevelFactory(retailer=shop, variant=variant, outlet=outlet)
    browser = as_user(ana)
    with django_assert_max_num_queries(20):
        assert browser.get(f"/products/{product.pk}/").status_code == 200
    with django_assert_max_num_queries(14):
        browser.get("/products/")


def test_suppliers_and_their_portals(shop, ana, as_user, django_assert_max_num_queries):
    for n in range(30):
        supplier = SupplierFactory(retailer=shop, name=f"Supplier {n:02}")
        PurchaseOrderFactory(retailer=shop, supplier=supplier)
        ConnectionFactory(retailer=shop, supplier=supplier)
        with acting_for(shop):
            SupplierBrand.objects.create(
                supplier=supplier, label="L", brand=BrandFactory(retailer=shop), retailer=shop
            )
    browser = as_user(ana)
    with django_assert_max_num_queries(14):
        page = browser.get("/suppliers/")
    assert page.context["rows"][0].open_orders == 1
    assert b"Connected" in page.content
    assert len(browser.get("/suppliers/?show=open").context["rows"]) == 30
    assert browser.get("/suppliers/?q=supplier 07").context["rows"][0].portal is not None


def test_a_supplier_page(shop, ana, as_user, django_assert_max_num_queries):
    supplier = SupplierFactory(retailer=shop, name="Tarn")
    for _n in range(60):
        SupplierItemFactory(retailer=shop, supplier=supplier, variant=VariantFactory(retailer=shop))
    SupplierItemFactory(retailer=shop, supplier=supplier, name="Lonely Cap")
    for _n in range(5):
        PurchaseOrderFactory(retailer=shop, supplier=supplier)
    browser = as_user(ana)
    with django_assert_max_num_queries(18):
        page = browser.get(f"/suppliers/{supplier.pk}/")
    assert page.context["counts"] == {"all": 61, "linked": 60, "broken": 0}
    only = browser.get(f"/suppliers/{supplier.pk}/?show=unlinked", headers=HTMX)
    assert [row.name for row in only.context["page"].rows] == ["Lonely Cap"]


def test_orders_of_status_elsewhere_are_not_open(shop, ana, as_user):
    PurchaseOrderFactory(retailer=shop, status=PurchaseOrder.Status.ELSEWHERE)
    assert as_user(ana).get("/").context["open_orders"] == 0
