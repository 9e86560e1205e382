"""Every call there is: first by our client, then, at the till, what the client has no use for."""

import io
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from PIL import Image

from integrations.engine import Job
from integrations.xseries import auth, payloads
from integrations.xseries.client import XSeriesClient
from tests.integrations.test_xseries_payloads import New
from tests.integrations.xseries_kit import Till

LARGE = New(sku="ALPL", barcode="", options=(("Colour", "Navy"), ("Size", "L")))
SMALLER = New(sku="ALPXS", barcode="", options=(("Colour", "Navy"), ("Size", "XS")))


def picture(colour: str = "navy") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "JPEG")
    return stream.getvalue()


def first(pages: Any) -> Any:
    """The first row of a feed, which is read to its end."""
    rows = [row for page in list(pages) for row in page.rows]
    return rows[0]


class ClientTour:
    """Ana's week, as far as Lightspeed hears of it."""

    def __init__(self, till: Till, pos: XSeriesClient) -> None:
        self.till, self.pos = till, pos

    def run(self) -> None:
        self.learn_the_shop()
        self.name_things()
        self.make_products()
        self.order_and_receive()
        self.count_and_listen()

    def learn_the_shop(self) -> None:
        pos = self.pos
        pos.shop()
        pos.user()
        self.outlet = first(pos.outlets_after(0)).remote_id
        for feed in (pos.registers_after, pos.users_after, pos.sales_after):
            list(feed(0))
        self.tax = first(pos.taxes_after(0)).remote_id
        self.mug = first(pos.products_after(0)).remote_id

    def name_things(self) -> None:
        pos = self.pos
        self.supplier = pos.create_supplier(payloads.supplier_payload("Acme", email="a@b.example"))
        self.brand = pos.create_brand(payloads.brand_payload("Acme"))
        known = {row.name: row.remote_id for row in pos.variant_attributes()}
        self.attributes = {
            name.lower(): known.get(name) or pos.create_attribute(payloads.attribute_payload(name))
            for name in ("Colour", "Size")
        }
        self.tag = pos.create_tag(payloads.tag_payload("summer"))
        _top, self.category = pos.create_categories(payloads.categories_payload(["Home", "Mugs"]))
        for feed in (pos.suppliers_after, pos.brands_after, pos.tags_after):
            list(feed(0))
        list(pos.categories())
        pos.delete_brand(pos.create_brand(payloads.brand_payload("Passing")))
        pos.delete_supplier(pos.create_supplier(payloads.supplier_payload("Passing")))

    def make_products(self) -> None:
        pos = self.pos
        family = payloads.family_payload(
            name="Alpine Shell",
            description="<p>Warm.</p>",
            variants=[New(), LARGE],
            supplier_id=self.supplier,
            brand_id=self.brand,
            category_id=self.category,
            tag_ids=[self.tag],
            tax_id=self.tax,
            outlet_ids=[self.outlet],
            attribute_ids=self.attributes,
        )
        pos.create_family(family)
        (self.shell,) = pos.products_by_sku("ALPL")
        pos.products_by_name("Alpine Shell")
        pos.search_products(["ALPL"])
        plain = payloads.family_payload(name="Plain", variants=[New(sku="PLAIN", options=())])
        (alone,) = pos.create_family(plain | {"product_codes": []})
        added = pos.add_variant(
            payloads.added_variant_payload(
                family_name="Alpine Shell",
                family_id=self.shell.head_id,
                attribute_ids=self.attributes,
                variant=SMALLER,
                supplier_id=self.supplier,
            )
        )
        pos.product(added)
        pos.update_product(
            added,
            common={"description": "Warmer.", "brand_id": self.brand},
            details={"is_active": False, "price_excluding_tax": 12.5},
        )
        image, _status = pos.upload_image(self.shell.head_id, picture(), "a.jpg", "image/jpeg")
        pos.image(image)
        pos.delete_image(image)
        pos.delete_product(added)
        pos.delete_family(alone)

    def order_and_receive(self) -> None:
        pos, item = self.pos, self.shell.remote_id
        head = payloads.consignment_payload(
            outlet_id=self.outlet, supplier_id=self.supplier, reference="41662", note="FALL26"
        )
        made = pos.create_consignment(head).remote_id
        pos.add_lines_bulk(made, [payloads.line_entry(item, count=6, cost=Decimal("5.25"))])
        pos.post_line(made, payloads.line_entry(self.mug, count=1))
        pos.put_line(made, item, payloads.line_values(count=5, cost=Decimal("5.00")))
        pos.delete_line(made, self.mug)
        pos.consignment_lines(made)
        pos.update_consignment(made, head | {"status": "SENT"})
        pos.add_lines_bulk(made, [payloads.received_entry(item, received=4)])
        pos.put_line(made, item, payloads.received_values(received=5))
        pos.consignment(made)
        pos.update_consignment(made, head | {"status": "RECEIVED"})
        pos.totals(made)
        pos.delete_consignment(pos.create_consignment(head).remote_id)
        list(pos.consignments_after(0))
        self.order = made

    def count_and_listen(self) -> None:
        pos, item = self.pos, self.shell.remote_id
        pos.stock_adjustments(payloads.adjustment_payload(item, self.outlet, -1, "DAMAGE"))
        pos.stock_of([item])
        list(pos.stock_after(0))
        pos.create_webhook(payloads.webhook_payload("inventory.update", "https://a.example/hooks"))
        pos.webhooks()


def tokens_tour(till: Till, job: Job) -> None:
    """A consent is given, its code spent, and the pair refreshed."""
    form = {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": auth.redirect_uri(),
        "state": "state-of-ana",
        "scope": " ".join(auth.SCOPES),
        "shop": till.prefix,
        "answer": "allow",
    }
    back = requests.post(f"{till.url}/connect", data=form, allow_redirects=False, timeout=5)
    job.connection.code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    job.connection.save()
    tokens = auth.Tokens(job)
    tokens.spend_code()
    tokens.replace(job.connection.token)


def till_tour(till: Till, known: ClientTour) -> None:
    """Answers that only other programs ask for, so that the sandbox is held to all it plays."""
    ok = till.ok
    for kind, number in (
        ("brands", known.brand),
        ("suppliers", known.supplier),
        ("outlets", known.outlet),
        ("tags", known.tag),
        ("variant_attributes", known.attributes["size"]),
        ("inventory", known.shell.remote_id),
        ("inventory_levels", known.shell.remote_id),
        ("purchase_orders", known.order),
    ):
        ok("GET", f"/{kind}/{number}")
    ok("PUT", f"/brands/{known.brand}", {"name": "Acme Ltd"})
    ok("PUT", f"/suppliers/{known.supplier}", {"name": "Acme Ltd", "contact": {}})
    ok("POST", "/taxes", {"name": "Luxury", "rate": 0.2})
    ok("GET", "/stock_adjustments")
    ok("GET", "/product_categories?include=children")
    length = ok("POST", "/variant_attributes", {"name": "Leg length"})["data"]["id"]
    ok("PUT", f"/variant_attributes/{length}", {"name": "Inside leg"})
    ok("DELETE", f"/variant_attributes/{length}")
    ids = [row["id"] for row in ok("POST", "/product_categories/bulk", _one_category())["data"]]
    ok("DELETE", "/product_categories/bulk", {"category_ids": ids})
    _pictures(till, known)
    _webhooks(till)
    _orders(till, known)


def _one_category() -> dict[str, Any]:
    return {"categories": [{"name": "Passing", "payload_id": "0"}]}


def _pictures(till: Till, known: ClientTour) -> None:
    made = till.ok(
        "POST",
        f"/products/{known.shell.head_id}/actions/image_upload",
        files={"image": ("b.jpg", picture("red"), "image/jpeg")},
    )["data"]
    till.ok("PUT", f"/product_images/{made['id']}", {"position": 1})


def _webhooks(till: Till) -> None:
    body = {"active": True, "type": "product.update", "url": "https://a.example/hooks"}
    made = till.ok("POST", "/webhooks", body)["data"]["id"]
    till.ok("GET", f"/webhooks/{made}")
    till.ok("PUT", f"/webhooks/{made}", body | {"active": False})
    till.ok("DELETE", f"/webhooks/{made}")


def _orders(till: Till, known: ClientTour) -> None:
    """The richer read API of purchase orders, with a delivery to show."""
    till.ok("GET", "/purchase_orders?page_size=100")
    till.ok("GET", f"/purchase_orders/{known.order}/line_items")
    deliveries = till.ok("GET", f"/purchase_orders/{known.order}/deliveries")["data"]
    for delivery in deliveries:
        till.ok("GET", f"/purchase_orders/{known.order}/deliveries/{delivery['id']}/line_items")
    assert deliveries
