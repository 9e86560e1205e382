"""Alder & Quay's town: both outside systems on real sockets, connected, and a worker to be had.

`work()` is the worker: it runs what is due on every lane of the shop until nothing is, as the
queue would, in this process.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.engine import ask
from integrations.models import Connection, SyncTask
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.nuorder.app import create_app as create_nuorder
from integrations.sandbox.xseries.app import create_app as create_xseries
from integrations.sending.agree import agree, pos_connection
from integrations.sending.plan import Plan, make_plan
from integrations.sending.wanted import gather
from integrations.slices import work as work_lane
from purchasing import review
from purchasing.models import Decision, PurchaseOrder
from purchasing.review.styles import styles_of
from retailers.models import Outlet, Retailer, User
from retailers.scope import acting_for, unscoped
from tests.sandbox.brand import NuOrderSandbox
from tests.sandbox.till import XSeriesSandbox

SHOP = "alder-quay"


@dataclass
class Town:
    """One shop with its POS and some of its brand portals."""

    shop: Retailer
    nuorder: NuOrderSandbox
    pos: XSeriesSandbox
    portals: dict[str, Connection] = field(default_factory=dict)
    till: Connection | None = None

    def connect_pos(self) -> Connection:
        """The POS connection, with tokens of a finished consent."""
        tokens = self.pos.tokens
        with acting_for(self.shop):
            self.till = Connection.objects.create(
                system=Connection.System.XSERIES,
                state=Connection.State.WAITING,
                name="Alder & Quay",
                domain_prefix=SHOP,
                token=tokens["access_token"],
                refresh_token=tokens["refresh_token"],
                token_expires_at=timezone.now() + timedelta(hours=20),
                scopes=tokens.get("scope", ""),
            )
            ask(self.till, "connect-finish:")
        return self.till

    def connect_portal(self, portal: str) -> Connection:
        """A brand portal, with keys of a finished handshake."""
        keys = self.nuorder.connect(portal).keys
        with acting_for(self.shop):
            connection = Connection.objects.create(
                system=Connection.System.NUORDER,
                state=Connection.State.ACTIVE,
                name=portal.replace("-", " ").title(),
                host=self.nuorder.url,
                consumer_key=keys.consumer_key,
                consumer_secret=keys.consumer_secret,
                token=keys.token,
                token_secret=keys.token_secret,
                connected_at=timezone.now(),
            )
            ask(connection, "pull-orders:")
        self.portals[portal] = connection
        return connection

    def some_portal(self) -> str:
        """A brand portal of this shop, one whose goods the shop has never bought where there is."""
        rows = [row["id"] for row in self.nuorder.look("portals") if row["shop"] == SHOP]
        named = self.nuorder.look("named")
        first = [row["portal"] for name, row in named.items() if name.startswith("first")]
        return str(next((one for one in first if one in rows), rows[0]))

    def write_order(self, **wish: object) -> PurchaseOrder:
        """The brand writes an order for the shop, and it is pulled."""
        portal = next(iter(self.portals))
        made = self.nuorder.order(portal, **{"status": "approved", "lines": 6, **wish})
        self.pull(portal)
        return self.order(made["order_number"])

    def decide(self, order: PurchaseOrder, *, by: User) -> PurchaseOrder:
        """Outlet, every style as suggested, approved."""
        with acting_for(self.shop):
            if order.outlet is None:
                outlet = Outlet.objects.first()
                assert outlet is not None
                review.choose_outlet(order.pk, outlet, by=by)
            decide_everything(order, by=by)
            order.refresh_from_db()
            review.approve(order, by)
        self.work()
        return self.order(order.number)

    def plan(self, order: PurchaseOrder) -> Plan:
        """The plan as its page shows it."""
        with acting_for(self.shop):
            connection = pos_connection()
            assert connection is not None
            return make_plan(gather(order, connection))

    def send(self, order: PurchaseOrder, *, by: User) -> PurchaseOrder:
        """Decide, agree to the plan, and let the worker write."""
        order = self.decide(order, by=by)
        with acting_for(self.shop):
            agree(self.plan(order), by=by)
        self.work()
        return self.order(order.number)

    def settle(self, seconds: float = 20) -> None:
        """Work until nothing of an order waits: settle times, back-off and rate windows pass."""
        deadline = time.monotonic() + seconds
        while self.waiting() and not self.troubles() and time.monotonic() < deadline:
            time.sleep(0.1)
            self.work()

    def pull(self, portal: str) -> None:
        """Check now."""
        with acting_for(self.shop):
            ask(self.portals[portal], "pull-orders:")
        self.work()

    def mirror(self) -> None:
        assert self.till is not None
        with acting_for(self.shop):
            ask(self.till, "mirror:")
        self.work()

    def work(self, rounds: int = 60) -> None:
        """Work all lanes until nothing is due; what waits longer than the round stays."""
        for _ in range(rounds):
            with unscoped():
                lanes = list(
                    Connection.objects.filter(retailer=self.shop).values_list("pk", flat=True)
                )
            if not sum(work_lane(pk) for pk in lanes):
                return

    def troubles(self) -> list[str]:
        """What stopped, in words."""
        with acting_for(self.shop):
            return [
                f"{task.subject}: {task.trouble}: {task.trouble_text}"
                for task in SyncTask.objects.exclude(trouble="")
            ]

    def waiting(self) -> list[str]:
        with acting_for(self.shop):
            return [
                f"{task.subject}: {task.wait_text or task.trouble_text}"
                for task in SyncTask.objects.filter(
                    subject__regex=r"^(send-order|receive|images|undo-order):"
                )
            ]

    def order(self, number: str) -> PurchaseOrder:
        with acting_for(self.shop):
            return PurchaseOrder.objects.select_related("supplier", "outlet", "retailer").get(
                number=number
            )

    def pos_orders(self, reference: str) -> list[dict[str, Any]]:
        """Live purchase orders in the POS with this number, as its own API tells."""
        rows: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.pos.ok("GET", f"/consignments?type=SUPPLIER&after={after}&page_size=500")
            if not page["data"]:
                return rows
            rows += [row for row in page["data"] if row.get("reference") == reference]
            after = page["version"]["max"]

    def pos_lines(self, consignment: str) -> list[dict[str, Any]]:
        answer = self.pos.ok("GET", f"/consignments/{consignment}/products?page_size=1000")
        rows: list[dict[str, Any]] = answer["data"]
        return rows

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """API calls the POS has seen, control calls left out."""
        ledger = self.pos.control("GET", f"/ledger?after={after}").json()
        return [call for call in ledger["calls"] if "/_sandbox" not in call["path"]]


@contextmanager
def town_for(shop: Retailer, settings: Any, *, size: str = "demo") -> Iterator[Town]:
    """Both systems, fresh, for one shop."""
    with (
        running(create_nuorder(Store(None), size=size)) as nuorder,
        running(create_xseries(Store(None), size=size, lag_scale=0.02)) as xseries,
    ):
        settings.TRUSTED_ORIGINS = [nuorder, xseries]
        settings.NUORDER_HOST = nuorder
        settings.NUORDER_HOSTS = [nuorder]
        settings.XSERIES_URL = xseries + "/{prefix}"
        settings.XSERIES_CONNECT_URL = f"{xseries}/connect"
        settings.XSERIES_CLIENT_ID = "po-sync"
        settings.XSERIES_CLIENT_SECRET = "po-sync-secret"
        settings.SYNC_TIME_SCALE = 0.02
        pos = XSeriesSandbox(xseries, SHOP)
        yield Town(shop, NuOrderSandbox(nuorder), pos)


def decide_everything(order: PurchaseOrder, *, by: User) -> None:
    """Take what matching suggests for every style, as pressing `a` all along would."""
    for style in styles_of(order):
        if not style.is_decided:
            review.accept(order.pk, style.number, by=by)
    assert not Decision.objects.filter(order=order, state=Decision.State.OPEN).exists()


def outlet_named(name: str) -> Outlet:
    return Outlet.objects.get(name=name)
