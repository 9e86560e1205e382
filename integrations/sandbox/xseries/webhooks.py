"""Webhooks: subscriptions, and signed posts from a background thread.

The payload has the older 1.0 shape, so it is good as a hint and not as data. Posts that wait
live in memory: like the real ones they are not guaranteed, and a restart loses them.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Doc, Store
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import APPLICATIONS, DEFAULT_CLIENT, needs
from integrations.sandbox.xseries.refusals import refuse_error, sent_body
from integrations.sandbox.xseries.routes import api, data, without
from integrations.sandbox.xseries.shop import Shop, current

EVENTS = (
    "sale.update",
    "product.update",
    "customer.update",
    "inventory.update",
    "register_closure.create",
    "consignment.send",
    "consignment.receive",
)
MOST_TRIES, FIRST_WAIT, LONGEST_WAIT = 20, 10.0, 4 * 3600.0  # 20 tries take about 48 hours
ANSWER_SECONDS = 5.0


def _read(webhook_id: str | None) -> tuple[Shop, Doc]:
    """The shop and the subscription sent, checked; `webhook_id` is the one being changed."""
    shop, body = current(), sent_body()
    kind, url = body.need("type"), body.need("url")
    active = body.flag("active")
    if kind and kind not in EVENTS:
        body.wrong("type", f"must be one of {', '.join(EVENTS)}")
    if url and urlsplit(url).scheme not in ("http", "https"):
        body.wrong("url", "must be an http or https address")
    if active is None and not body.errors.get("active"):
        body.wrong("active", "is required")
    body.check()
    same = shop.find("webhooks", address=f"{kind} {url}")
    if any(row["id"] != webhook_id for row in same):
        raise refuse_error("A webhook with this type and URL already exists", 409)
    return shop, {"type": kind, "url": url, "active": active}


def _need(webhook_id: str) -> Doc:
    webhook = current().get("webhooks", webhook_id)
    if webhook is None:
        raise refuse_error("Webhook not found", 404)
    return webhook


def _shown(webhook: Doc) -> Doc:
    return without(webhook, "version", "deleted_at", "client_id")


@api.get("/webhooks")
@needs("webhooks")
def list_webhooks() -> Response:
    return data([_shown(webhook) for webhook in current().find("webhooks")])


@api.post("/webhooks")
@needs("webhooks")
def create_webhook() -> Response:
    current_shop = current()
    with current_shop.store.transaction():
        shop, members = _read(None)
        webhook = members | {
            "id": shop.new_id(),
            "retailer_id": shop.retailer["id"],
            "client_id": g.token["client_id"],
            "deleted_at": None,
        }
        shop.save("webhooks", webhook)
        shop.effect("webhook_created", webhook["id"], type=webhook["type"], url=webhook["url"])
    return data(_shown(webhook), 201)


@api.get("/webhooks/<webhook_id>")
@needs("webhooks")
def get_webhook(webhook_id: str) -> Response:
    return data(_shown(_need(webhook_id)))


@api.put("/webhooks/<webhook_id>")
@needs("webhooks")
def update_webhook(webhook_id: str) -> Response:
    with current().store.transaction():
        held = _need(webhook_id)
        shop, members = _read(webhook_id)
        shop.save("webhooks", held | members)
    return data(_shown(held | members))


@api.delete("/webhooks/<webhook_id>")
@needs("webhooks")
def delete_webhook(webhook_id: str) -> Response:
    shop = current()
    with shop.store.transaction():
        shop.bury("webhooks", _need(webhook_id))
        shop.effect("webhook_deleted", webhook_id)
    return as_json({})


# Payloads, in the older shape


def old_shape(shop: Shop, event: str, entity: Doc) -> Doc:
    """The entity as API 1.0 would have shown it."""
    topic = event.split(".", maxsplit=1)[0]
    if topic == "product":
        return _old_product(entity)
    if topic == "inventory":
        return _old_inventory(shop, entity)
    return without(entity, "line_items") | {"register_sale_products": entity.get("line_items", [])}


def _old_product(product: Doc) -> Doc:
    same = ("id", "handle", "name", "sku", "active", "deleted_at", "updated_at", "version")
    return {name: product[name] for name in same} | {
        "base_name": product["name"],
        "name": product["variant_name"],
        "has_variants": product["has_variants"],
        "variant_parent_id": product["variant_parent_id"],
        "supply_price": str(product["supply_price"]),
        "price": product["price_excluding_tax"],
    }


def _old_inventory(shop: Shop, row: Doc) -> Doc:
    product = shop.get("products", row["product_id"])
    return {
        "id": row["id"],
        "count": str(row["current_inventory_level"]),
        "product_id": row["product_id"],
        "outlet_id": row["outlet_id"],
        "reorder_point": str(row["reorder_point"] or 0),
        "restock_level": str(row["reorder_amount"] or 0),
        "attributed_cost": str(row["average_cost"] or 0),
        "version": row["version"],
        "product": _old_product(product) if product else None,
    }


# Delivery


@dataclass
class Post:
    """One post on its way."""

    shop: str
    webhook_id: str
    url: str
    event: str
    body: bytes
    secret: str
    tries: int = 0


def signature(body: bytes, secret: str) -> str:
    """The header's value: HMAC-SHA256 over the raw body, in hex."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"signature={digest},algorithm=HMAC-SHA256"


class Courier:
    """Sends posts one after another from its own thread, failed ones again later."""

    def __init__(self, ledger: Ledger, lag_scale: float) -> None:
        self._ledger = ledger
        self._scale = lag_scale
        self._turn = threading.Condition()
        self._waiting: list[tuple[float, int, Post]] = []
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def take(self, post: Post, wait: float = 0.0) -> None:
        """Accept a post; the thread starts with the first."""
        with self._turn:
            heappush(self._waiting, (time.monotonic() + wait, next(self._numbers), post))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._turn.notify()

    def forget(self) -> None:
        """Throw away what still waits."""
        with self._turn:
            self._waiting.clear()

    def _run(self) -> None:
        while True:
            self._send(self._next())

    def _next(self) -> Post:
        with self._turn:
            while True:
                if not self._waiting:
                    self._turn.wait()
                elif (left := self._waiting[0][0] - time.monotonic()) > 0:
                    self._turn.wait(left)
                else:
                    return heappop(self._waiting)[2]

    def _send(self, post: Post) -> None:
        post.tries += 1
        status = _post(post)
        self._ledger.effect(
            "webhook_sent",
            post.webhook_id,
            shop=post.shop,
            event=post.event,
            status=status,
            attempt=post.tries,
        )
        final = status is not None and status < 500
        if not final and post.tries < MOST_TRIES:
            wait = min(FIRST_WAIT * 2 ** (post.tries - 1), LONGEST_WAIT)
            self.take(post, wait * self._scale)


def _post(post: Post) -> int | None:
    """Post once, following nothing; the status, or None when nobody answered in time."""
    parts = urlsplit(post.url)
    kinds: dict[str, type[http.client.HTTPConnection]] = {
        "http": http.client.HTTPConnection,
        "https": http.client.HTTPSConnection,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "Sandbox-Webhooks/1.0",
        "X-Signature": signature(post.body, post.secret),
        "Connection": "close",
    }
    try:
        line = kinds[parts.scheme](parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("POST", target, post.body, headers)
            return line.getresponse().status
        finally:
            line.close()
    except (OSError, http.client.HTTPException, ValueError):
        return None


def send_news(app: Flask, store: Store, courier: Courier) -> None:
    """After each request that succeeded, hand what it announced to the courier."""

    @app.after_request
    def hand_over(response: Response) -> Response:
        latest: dict[tuple[str, str, str], tuple[Shop, str, Doc]] = {}
        for shop, event, entity in g.pop("announcements", []):
            latest[shop.prefix, event, entity["id"]] = (shop, event, entity)
        for shop, event, entity in latest.values():
            for webhook in shop.find("webhooks"):
                if webhook["active"] and webhook["type"] == event:
                    courier.take(_written(store, shop, webhook, entity))
        return response


def _written(store: Store, shop: Shop, webhook: Doc, entity: Doc) -> Post:
    event = webhook["type"]
    form: dict[str, Any] = {
        "payload": jsontext.dumps(old_shape(shop, event, entity)),
        "domain_prefix": shop.prefix,
        "retailer_id": shop.retailer["id"],
        "type": event,
        "environment": "prod",
    }
    application = store.get(APPLICATIONS, webhook["client_id"]) or DEFAULT_CLIENT
    return Post(
        shop.prefix,
        webhook["id"],
        webhook["url"],
        event,
        urlencode(form).encode(),
        application["client_secret"],
    )
