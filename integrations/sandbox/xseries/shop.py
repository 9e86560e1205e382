"""One shop's data: documents of one retailer, each change with the next version number.

Kinds in the store are called ``<prefix>.<resource>``, for example ``harbour.products``, and
hold the wire shape of the read model. All resources of a shop share one version counter.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context

from integrations.sandbox.kit.clock import Clock
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Doc, IndexValue, Store
from integrations.sandbox.kit.web import this
from integrations.sandbox.xseries.refusals import missing

if TYPE_CHECKING:
    from integrations.sandbox.world.model import Shop as Seed

FIRST_VERSION = 27_000_000_000  # versions of real shops are past 32 bits
SHOPS = "shops"

_INDEXES: dict[str, Callable[[Doc], dict[str, IndexValue]]] = {
    "brands": lambda d: {"name": folded(d["name"])},
    "suppliers": lambda d: {"name": folded(d["name"])},
    "variant_attributes": lambda d: {"name": folded(d["name"])},
    "tags": lambda d: {"name": folded(d["name"])},
    "products": lambda d: {
        "sku": d["sku"].lower(),
        "name": folded(d["name"]),
        "family": d["family_id"],
        "parent": d["variant_parent_id"],
        "brand": d["brand_id"],
        "supplier": d["supplier_id"],
    },
    "inventory": lambda d: {"product": d["product_id"], "outlet": d["outlet_id"]},
    "images": lambda d: {"product": d["product_id"], "digest": d["digest"]},
    "consignments": lambda d: {
        "type": d["type"],
        "status": d["status"],
        "outlet": d["outlet_id"],
    },
    "lines": lambda d: {"consignment": d["consignment_id"], "product": d["product_id"]},
    "webhooks": lambda d: {"address": f"{d['type']} {d['url']}"},
}

# Members whose published type has no null: left out instead.
_ABSENT_WHEN_NULL = {
    "products": ("brand", "supplier"),
    "categories": ("parent_category_id",),
    "suppliers": ("default_markup",),
}


def folded(name: str) -> str:
    """A name as names are compared: case and spaces do not count."""
    return " ".join(name.split()).casefold()


class Shop:
    """Access to one shop's documents. Writes belong inside `store.transaction()`."""

    def __init__(self, prefix: str, store: Store, ledger: Ledger, clock: Clock) -> None:
        self.prefix = prefix
        self.store = store
        self.ledger = ledger
        self.clock = clock

    # Reading

    def kind(self, resource: str) -> str:
        """The store's name for a resource of this shop."""
        return f"{self.prefix}.{resource}"

    @property
    def retailer(self) -> Doc:
        """The retailer's own document."""
        return self.store.get(SHOPS, self.prefix) or {}

    def get(self, resource: str, doc_id: object) -> Doc | None:
        """A live document, or None when it is absent or deleted."""
        doc = self.store.get(self.kind(resource), doc_id) if isinstance(doc_id, str) else None
        return None if doc is None or doc.get("deleted_at") else doc

    def need(self, resource: str, doc_id: object, what: str) -> Doc:
        """A live document; a 404 refusal when there is none."""
        doc = self.get(resource, doc_id)
        if doc is None:
            raise missing(what)
        return doc

    def find(self, resource: str, **index: IndexValue) -> list[Doc]:
        """Live documents with these index values, oldest first."""
        return self.store.find(self.kind(resource), where=index, live=1)

    def count(self, resource: str, **index: IndexValue) -> int:
        """How many live documents have these index values."""
        return self.store.count(self.kind(resource), live=1, **index)

    # Writing

    def new_id(self) -> str:
        """The next id; the same in every run that makes the same calls."""
        number = self.store.next_version(self.kind("ids"))
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.prefix}/{number}"))

    def now(self) -> str:
        """The time as X-Series writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S+00:00")

    def save(self, resource: str, doc: Doc, key: str | None = None) -> Doc:
        """Store `doc` with the next version (gaps as in real feeds); answers it."""
        doc["version"] = self.store.next_version(self.prefix, step=3)
        self.keep(resource, doc, key)
        return doc

    def keep(self, resource: str, doc: Doc, key: str | None = None) -> None:
        """Store `doc` with the version it has: a change that no feed shows."""
        for member in _ABSENT_WHEN_NULL.get(resource, ()):
            if member in doc and doc[member] is None:
                del doc[member]
        derive = _INDEXES.get(resource)
        index = derive(doc) if derive else {}
        index |= {"version": doc["version"], "live": 0 if doc.get("deleted_at") else 1}
        self.store.put(self.kind(resource), key or doc["id"], doc, **index)

    def bury(self, resource: str, doc: Doc, key: str | None = None) -> None:
        """Soft delete: the row stays, with a date and a new version."""
        doc["deleted_at"] = self.now()
        self.save(resource, doc, key)

    def effect(self, kind: str, subject: str, **facts: object) -> None:
        """Write to the ledger what really changed."""
        self.ledger.effect(kind, subject, shop=self.prefix, **facts)

    def announce(self, event: str, payload: Doc) -> None:
        """Tell webhooks of `event` once the current request has succeeded."""
        if has_request_context():
            g.setdefault("announcements", []).append((self, event, payload))


def current() -> Shop:
    """The shop in the path of the current request."""
    shop: Shop = g.shop
    return shop


def open_shop(prefix: str) -> Shop | None:
    """The shop with this domain prefix."""
    box = this()
    if box.store.get(SHOPS, prefix) is None:
        return None
    return Shop(prefix, box.store, box.ledger, box.clock)


def shop_prefixes(store: Store) -> list[str]:
    """The domain prefixes of all shops, the main one first."""
    return [doc["domain_prefix"] for doc in store.find(SHOPS)]


# Seeding

_SEEDED = {
    "outlets": "outlets",
    "registers": "registers",
    "taxes": "taxes",
    "users": "users",
    "suppliers": "suppliers",
    "brands": "brands",
    "variant_attributes": "variant_attributes",
    "categories": "categories",
    "tags": "tags",
    "products": "products",
    "inventory": "inventory",
    "sales": "sales",
}


def seed_shop(seed: Seed, store: Store, ledger: Ledger, clock: Clock) -> None:
    """Write one shop of the made-up world into the store, without effects in the ledger."""
    shop = Shop(seed.prefix, store, ledger, clock)
    store.set_version(seed.prefix, FIRST_VERSION)
    store.put(SHOPS, seed.prefix, _retailer(seed, shop))
    for name, resource in _SEEDED.items():
        for row in getattr(seed, name):
            doc: Doc = dict(row)
            if resource == "inventory":
                doc = inventory_row(doc)
            if doc.get("product_category"):
                doc["product_category"] = _embedded(doc["product_category"])
            shop.save(resource, doc)
    for product in seed.products:
        for code in codes_of(product):
            store.put(shop.kind("codes"), code, {"product_id": product["id"]})


def _embedded(category: Doc) -> Doc:
    """A category as products show it."""
    members = ("id", "name", "leaf_category", "category_path")
    return {name: category[name] for name in members if name in category}


def _retailer(seed: Seed, shop: Shop) -> Doc:
    symbols = {"USD": "$", "GBP": "£", "EUR": "€", "NZD": "$", "AUD": "$", "CAD": "$"}
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"retailer/{seed.prefix}")),
        "domain_prefix": seed.prefix,
        "name": seed.name,
        "store_url": f"https://{seed.prefix}.retail.example",
        "account_status": "active",
        "account_type": "plus",
        "currency": {"code": seed.currency, "symbol": symbols.get(seed.currency, seed.currency)},
        "timezone": seed.timezone,
        "country": seed.country,
        "culture": "en",
        "tax_exclusive": seed.tax_exclusive,
        "sku_sequence": {"enabled": True, "value": 50001},
        "no_tax_group_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"no-tax/{seed.prefix}")),
        "version": str(FIRST_VERSION),
        "created_at": shop.now(),
    }


def inventory_id(product_id: str, outlet_id: str) -> str:
    """The id of a product's inventory record at an outlet."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"inventory/{product_id}/{outlet_id}"))


def inventory_row(known: Doc) -> Doc:
    """An inventory record with every member of the read model, `known` over the defaults."""
    blank: Doc = {
        "id": "",
        "product_id": None,
        "outlet_id": None,
        "current_inventory_level": 0,
        "average_cost": None,
        "quantity_to_procure": 0,
        "reorder_method": None,
        "reorder_point": None,
        "reorder_amount": None,
        "reorder_target": None,
        "deleted_at": None,
    }
    row = blank | known
    row["id"] = inventory_id(row["product_id"], row["outlet_id"])
    return row


def codes_of(product: dict[str, Any]) -> set[str]:
    """Every code a product is known by, as codes are compared: SKU, UPC and the rest."""
    codes = {str(code["code"]) for code in product.get("product_codes") or []}
    return {code.strip().casefold() for code in codes | {product["sku"]} if code.strip()}
