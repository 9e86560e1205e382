"""A large shop: statements a page do not grow with the shop, memory stays flat (B8)."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalog.models import Barcode, Product, Variant
from integrations import engine, lanes
from integrations.engine import Job
from integrations.models import Connection
from integrations.xseries.api import page_of
from integrations.xseries.mirror.feeds import Feed, run_feed
from integrations.xseries.mirror.products import take_products
from integrations.xseries.mirror.stock import take_stock
from integrations.xseries.payloads import RemoteProduct, RemoteStock
from retailers.models import Retailer
from tests.factories import ConnectionFactory, OutletFactory, RemoteLinkFactory

pytestmark = pytest.mark.django_db
FAMILY = 10


@pytest.fixture
def job(in_shop: Retailer) -> Job:
    connection = ConnectionFactory(retailer=in_shop, system=Connection.System.XSERIES)
    task = engine.ask(connection, "mirror:")
    fence = lanes.claim(connection.pk)
    assert fence is not None
    return Job(task, connection, fence)


def product(number: int, version: int) -> dict[str, Any]:
    """One of ten sizes of a style, as X-Series lists it."""
    head = number - number % FAMILY
    return {
        "id": f"p{number}",
        "variant_parent_id": None if number == head else f"p{head}",
        "family_id": f"f{head}",
        "name": f"Style {head}",
        "variant_name": f"Style {head} / {number % FAMILY}",
        "variant_options": [{"id": "va", "name": "Size", "value": str(number % FAMILY)}],
        "sku": f"SKU{number}",
        "product_codes": [{"code": f"SKU{number}", "type": "CUSTOM"}],
        "product_suppliers": [],
        "supply_price": "10.00",
        "price_excluding_tax": "25.00",
        "images": [],
        "skuImages": [],
        "version": version,
    }


def feed_of(job: Job, products: int, size: int) -> Feed[RemoteProduct]:
    def pages(after: int) -> Iterator[Any]:
        for start in range(after, products, size):
            rows = [product(n, n + 1) for n in range(start, min(start + size, products))]
            yield page_of(rows, RemoteProduct.from_payload, start + size, "products")

    return Feed("products", pages, lambda rows: take_products(job, rows))


def statements(act: Any) -> int:
    with CaptureQueriesContext(database) as seen:
        act()
    return len(seen)


def test_a_page_costs_the_same_whatever_is_in_it(job):
    """Inserting in batches of 500, a page of 200 and one of 400 cost the same statements."""
    rows = [RemoteProduct.from_payload(product(n, n + 1)) for n in range(600)]
    small = statements(lambda: take_products(job, rows[:200]))
    large = statements(lambda: take_products(job, rows[200:600]))
    assert large <= small + 2
    assert small < 40
    assert Variant.objects.count() == 600
    assert Product.objects.count() == 60
    changed = [RemoteProduct.from_payload(product(n, n + 10_000)) for n in range(400)]
    assert statements(lambda: take_products(job, changed)) < 45
    assert Variant.objects.count() == Barcode.objects.count() == 600


def test_stock_of_a_page_costs_the_same_whatever_is_in_it(job):
    take_products(job, [RemoteProduct.from_payload(product(n, n + 1)) for n in range(400)])
    outlet = OutletFactory(retailer=job.retailer)
    RemoteLinkFactory(
        retailer=job.retailer,
        connection=job.connection,
        kind="outlet",
        local_id=outlet.pk,
        remote_id="o1",
    )
    rows = [
        RemoteStock.from_payload(
            {
                "id": f"i{n}",
                "product_id": f"p{n}",
                "outlet_id": "o1",
                "current_inventory_level": n,
                "version": n + 1,
            }
        )
        for n in range(400)
    ]
    small = statements(lambda: take_stock(job, rows[:50]))
    large = statements(lambda: take_stock(job, rows[50:]))
    assert large <= small + 1
    assert small < 15


@pytest.mark.slow
def test_memory_is_flat_and_a_stopped_run_goes_on(job):
    """B7, B8: twenty pages take no more memory than two; the cursor tells where to go on."""
    tracemalloc.start()
    run_feed(job, feed_of(job, 500, 250))
    _now, early = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run_feed(job, feed_of(job, 5_000, 250))
    _now, late = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert Variant.objects.count() == 5_000
    assert late < early * 1.5 + 5_000_000
