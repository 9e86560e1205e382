"""CPU of pages, session and middleware included, against a signed-in page that says hello.

Goals (performance notes): the list of orders at most 35 hellos; a table of 1,000 lines at most 12
times the same table made of bare strings.
"""

from decimal import Decimal

from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from config import urls
from purchasing.models import OrderLine, PurchaseOrder, Supplier
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Membership, Retailer, Role, User
from retailers.scope import acting_for
from tests.bench._table import cpu_ms, say, show, statements
from tests.bench.orders import order_of

LINES = 1_000
ORDERS = 2_000


@needs(Ability.LOOK)
def hello(request: ShopRequest) -> HttpResponse:
    """The floor of the framework: signed in, a shop in force, no work."""
    return HttpResponse("hello")


def main() -> None:
    """Print the ratios; the times beside them are indications."""
    shop, client = _signed_in()
    order = order_of(shop, LINES)
    _many_orders(shop)
    urls.urlpatterns.append(path("hello/", hello))
    pages = {
        "hello, signed in": "/hello/",
        f"list, 50 of {ORDERS} orders": reverse("orders"),
        f"list, page {ORDERS // 50 - 2}": f"{reverse('orders')}?before={_late_page(shop)}",
        f"order, all {LINES} lines": reverse("order", args=[order.pk]),
        f"receiving, all {LINES} lines": reverse("receive", args=[order.pk]),
    }
    floor = cpu_ms(lambda: client.get("/hello/"))
    rows = []
    for name, address in pages.items():
        assert client.get(address).status_code == 200, address
        taken = cpu_ms(lambda address=address: client.get(address), rounds=5)
        asked = statements(lambda address=address: client.get(address))
        rows.append((name, taken, taken / floor, asked))
    bare = cpu_ms(lambda: _bare_table(shop, order))
    rows.append((f"bare strings, {LINES} lines", bare, bare / floor, 1))
    show("pages: CPU of one request", ("", "ms", "x hello", "statements"), rows)
    whole = rows[3][1]
    say(f"  order page / bare strings: {whole / bare:.1f} x")


def _signed_in() -> tuple[Retailer, Client]:
    shop = Retailer.objects.create(name="Bench pages", currency="USD")
    ana = User.objects.create_user("ana@bench.example", "correct horse battery staple")
    with acting_for(shop):
        Membership.objects.create(user=ana, role=Role.BUYER)
    client = Client(SERVER_NAME="localhost")
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    return shop, client


def _many_orders(shop: Retailer) -> None:
    with acting_for(shop):
        suppliers = [Supplier.objects.create(name=f"Supplier {n}") for n in range(40)]
        PurchaseOrder.objects.bulk_create(
            [
                PurchaseOrder(
                    supplier=suppliers[n % 40],
                    source="nuorder:0",
                    source_key=f"many-{n}",
                    number=f"{50_000 + n}",
                    status=PurchaseOrder.Status.TO_REVIEW,
                    currency="USD",
                    units=n,
                    cost=Decimal(n),
                )
                for n in range(ORDERS)
            ]
        )


def _late_page(shop: Retailer) -> int:
    """Before which order the last page but one begins."""
    with acting_for(shop):
        return int(PurchaseOrder.objects.order_by("pk").values_list("pk", flat=True)[100])


def _bare_table(shop: Retailer, order: PurchaseOrder) -> str:
    """The same facts as the order page's lines, without templates or models."""
    names = ("item__style_number", "item__name", "item__colour", "item__size", "quantity")
    with acting_for(shop):
        lines = OrderLine.objects.filter(order=order).values_list(*names, "unit_cost", "received")
        cells = "".join(
            f"<tr>{''.join(f'<td>{value}</td>' for value in line)}</tr>" for line in lines
        )
    return f"<table>{cells}</table>"
