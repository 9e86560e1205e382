"""Products, the supplier's stock, the retailer's company card, schemas, and pictures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json, this
from integrations.sandbox.nuorder.guard import caller, refusal
from integrations.sandbox.world.badpictures import BAD
from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.pictures import picture

api = Blueprint("goods", __name__, url_prefix="/api")
pictures = Blueprint("pictures", __name__)


# Products


def _shown(product: Doc) -> Doc:
    """The product with its pictures' full addresses on this host."""
    base = request.host_url.rstrip("/")
    urls = [f"{base}{path}" if path.startswith("/") else path for path in product["images"]]
    return product | {"images": urls}


def _products(**index: Any) -> list[Doc]:
    return this().store.find("product", portal=caller().portal["id"], **index)


def _one(found: list[Doc]) -> Response:
    return as_json(_shown(found[0])) if found else refusal(404, "product not found")


@api.get("/product/<product_id>")
def get_product(product_id: str) -> Response:
    """One product."""
    return _one(_products(own_id=product_id))


@api.get("/product/external_id/<path:brand_id>")
def get_by_brand_id(brand_id: str) -> Response:
    """One product by the brand's own id, whatever its case."""
    return _one(_products(brand_id=brand_id.lower()))


@api.get("/products/<field>/<when>/<int:month>/<int:day>/<int:year>")
def by_date(field: str, when: str, month: int, day: int, year: int) -> Response:
    """Full products made or changed before or after a day, as one bare array."""
    if field not in ("modified", "created") or when not in ("after", "before"):
        return refusal(400, "expected modified or created, after or before")
    try:
        bound = date(year, month, day).isoformat()
    except ValueError:
        return refusal(400, "that is no date")
    name = f"{field}_on"
    chosen = [p for p in _products() if (p[name][:10] > bound) == (when == "after")]
    return as_json([_shown(product) for product in chosen])


@api.get("/products/season/<path:season>/list")
def by_season(season: str) -> Response:
    """Ids of a season's products."""
    return as_json([product["_id"] for product in _products(season=season)])


# Stock


@api.get("/inventory/<product_id>")
def get_inventory(product_id: str) -> Response:
    """Stock of one product: 404 when the brand loaded none, 403 when it hides its figures."""
    return _stock(_products(own_id=product_id))


@api.get("/inventory/external_id/<path:brand_id>")
def get_inventory_by_brand_id(brand_id: str) -> Response:
    """The same by the brand's own id."""
    return _stock(_products(brand_id=brand_id.lower()))


def _stock(found: list[Doc]) -> Response:
    if not found:
        return refusal(404, "product not found")
    stock = this().store.get("inventory", found[0]["_id"])
    if stock is None:
        return refusal(404, "inventory not found")
    if stock["hidden"]:
        return refusal(403, "inventory is not visible to this account")
    rows = stock["rows"]
    return as_json({"inventory": rows} if caller().portal["inventory_shape"] == "wrapped" else rows)


@api.get("/v3.0/warehouse/<warehouse>/sku/<sku>/replenishments")
def replenishments(warehouse: str, sku: str) -> Response:
    """The buckets of one SKU as the newer API words them: epoch milliseconds, null for prebook."""
    owner = next((p for p in _products() if any(s["_id"] == sku for s in p["sizes"])), None)
    known = {row["id"] for row in caller().portal["warehouses"]}
    if owner is None or warehouse not in known:
        return refusal(404, "sku not found")
    buckets = [row for row in owner["__inventory_cache"] if row["sku_id"] == sku]
    return as_json({"replenishments": [_replenishment(row) for row in buckets]})


def _replenishment(bucket: Doc) -> Doc:
    name = bucket["bucket"]
    dated = name[:1].isdigit()
    start = datetime.strptime(name, "%Y/%m/%d").replace(tzinfo=UTC) if dated else None
    return {
        "id": bucket["_id"],
        "warehouse_id": bucket["warehouse"],
        "sku_id": bucket["sku_id"],
        "display_name": "future" if dated else name,
        "prebook": name == "prebook",
        "period_start": int(start.timestamp() * 1000) if start else None,
        "period_end": None,
        "quantity": bucket["quantity"],
        "display_quantity": "" if bucket["quantity"] is None else str(bucket["quantity"]),
        "active": True,
    }


# The retailer as the brand holds it


@api.get("/company/<company_id>")
def get_company(company_id: str) -> Response:
    """The retailer's card; a buyer's credentials see only their own."""
    company = caller().portal["company"]
    return as_json(company) if company["_id"] == company_id else _no_company()


@api.get("/company/code/<path:code>")
def get_company_by_code(code: str) -> Response:
    """The same by the brand's code for the retailer."""
    company = caller().portal["company"]
    return as_json(company) if company["code"] == code else _no_company()


@api.get("/companies/codes/list")
def company_codes() -> Response:
    """The codes this account may see: its own."""
    return as_json([caller().portal["company"]["code"]])


def _no_company() -> Response:
    return refusal(404, "company not found")


# Schemas


def _field(key: str, kind: str, *, required: bool = False, values: tuple[str, ...] = ()) -> Doc:
    allowed: list[Any] = [{"value": value} for value in values]
    return {
        "key": key,
        "name": key.rpartition(".")[2].replace("_", " ").title(),
        "type": kind,
        "required": required,
        "details": {"allowed_values": allowed},
    }


_SCHEMAS: dict[str, list[Doc]] = {
    "order": [
        _field("order_number", "string", required=True),
        _field("external_id", "string", required=True),
        _field("currency_code", "string", required=True),
        _field("customer_po_number", "string"),
        _field("start_ship", "date", required=True),
        _field("end_ship", "date", required=True),
        _field("retailer.retailer_code", "string", required=True),
        _field("retailer.buyer_email", "string", required=True),
        _field("line_items.sizes.quantity", "number", required=True),
        _field("line_items.sizes.price", "number", required=True),
        _field("order_tags", "multi"),
    ],
    "company": [
        _field("name", "string", required=True),
        _field("code", "string", required=True),
        _field("currency_code", "string", required=True, values=("USD", "EUR", "GBP", "CAD")),
    ],
    "product": [
        _field("style_number", "string", required=True),
        _field("season", "string", required=True),
        _field("color", "string", required=True),
        _field("name", "string", required=True),
        _field("sizes.size", "string", required=True),
        _field("sizes.upc", "string"),
        _field("images", "multi"),
    ],
}


@api.get("/schemas")
def schemas() -> Response:
    """All field definitions."""
    return as_json([_schema(entity) for entity in _SCHEMAS])


@api.get("/schemas/<entity>")
def schema(entity: str) -> Response:
    """Field definitions of orders, companies or products."""
    if entity not in _SCHEMAS:
        return refusal(404, "schema not found")
    return as_json(_schema(entity))


def _schema(entity: str) -> Doc:
    return {"_id": object_id("schema", entity), "entity": entity, "fields": _SCHEMAS[entity]}


# Pictures


@pictures.get("/images/<name>")
def image(name: str) -> Response:
    """A drawn picture, or one of the bad ones (`/images/bad-bomb.png`)."""
    bad = BAD.get(name.removeprefix("bad-").partition(".")[0]) if name.startswith("bad-") else None
    try:
        body = picture(name)
    except KeyError:
        return refusal(404, "image not found")
    kind = bad.content_type if bad else "image/png"
    return Response(body, content_type=kind, headers={"Cache-Control": "max-age=86400"})
