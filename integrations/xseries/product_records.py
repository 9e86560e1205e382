"""Products, their parts and their stock, as X-Series shows them (model 2026-07)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from integrations.xseries.fields import Fields


@dataclass(frozen=True, slots=True)
class RemoteCode:
    """One product code and its type there (CUSTOM, UPC, EAN, …)."""

    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class RemoteProductSupplier:
    """A supplier of one product: its code, and the supplier price without tax."""

    supplier_id: str
    code: str
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class RemotePicture:
    remote_id: str
    position: int


@dataclass(frozen=True, slots=True)
class RemoteOption:
    """An attribute of the family and this variant's value of it."""

    attribute_id: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """One sellable product; a family is made of those that share `head_id`.

    `codes` is None where they did not say (a tombstone). `pictures` belong to the family and are
    only meaningful on its head; `own_pictures` belong to this variant.
    """

    remote_id: str
    version: int
    deleted_at: datetime | None
    head_id: str
    family_id: str
    name: str
    variant_name: str
    sku: str
    description: str
    options: tuple[RemoteOption, ...]
    codes: tuple[RemoteCode, ...] | None
    suppliers: tuple[RemoteProductSupplier, ...] | None
    supply_price: Decimal | None
    price_excluding_tax: Decimal | None
    price_including_tax: Decimal | None
    brand_id: str
    category_id: str
    is_active: bool
    tracks_inventory: bool
    is_composite: bool
    pictures: tuple[RemotePicture, ...] | None
    own_pictures: tuple[RemotePicture, ...] | None

    @property
    def is_head(self) -> bool:
        return self.head_id == self.remote_id

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "product")
        deleted_at = fields.moment("deleted_at")
        remote_id = fields.identity()
        category, brand = fields.part("product_category"), fields.part("brand")
        brand_id = fields.text("brand_id") or (brand.text("id") if brand else "")
        name = fields.text("name", required=deleted_at is None)
        row = cls(
            remote_id=remote_id,
            version=fields.whole("version", required=True),
            deleted_at=deleted_at,
            head_id=fields.text("variant_parent_id", longest=120) or remote_id,
            family_id=fields.text("family_id", longest=120),
            name=name[:255],
            variant_name=fields.text("variant_name", longest=400) or name[:400],
            sku=fields.text("sku", longest=255),
            description=fields.text("description"),
            options=fields.parts("variant_options", _read_option) or (),
            codes=fields.parts("product_codes", _read_code),
            suppliers=_read_suppliers(fields),
            supply_price=fields.money("supply_price"),
            price_excluding_tax=fields.money("price_excluding_tax"),
            price_including_tax=fields.money("price_including_tax"),
            brand_id=brand_id,
            category_id=category.text("id") if category else "",
            is_active=fields.flag("is_active", "active", default=True),
            tracks_inventory=fields.flag("has_inventory", default=True),
            is_composite=fields.flag("is_composite"),
            pictures=fields.parts("images", _read_picture),
            own_pictures=fields.parts("skuImages", _read_picture),
        )
        fields.check()
        return row


def _read_option(fields: Fields) -> RemoteOption:
    return RemoteOption(
        attribute_id=fields.text("id"),
        name=fields.text("name", required=True, longest=255),
        value=fields.text("value", longest=255),
    )


def _read_code(fields: Fields) -> RemoteCode:
    return RemoteCode(
        code=fields.text("code", required=True, longest=255), kind=fields.text("type") or "CUSTOM"
    )


def _read_picture(fields: Fields) -> RemotePicture:
    return RemotePicture(remote_id=fields.identity(), position=max(fields.whole("position"), 0))


def _read_suppliers(fields: Fields) -> tuple[RemoteProductSupplier, ...] | None:
    """The list, the default one first; else the single supplier of older rows."""
    rows = fields.parts(
        "product_suppliers",
        lambda part: RemoteProductSupplier(
            supplier_id=part.text("supplier_id"),
            code=part.text("code", longest=255),
            cost=part.money("price"),
        ),
    )
    single = fields.text("supplier_id")
    if not rows and single:
        code = fields.text("supplier_code", longest=255)
        return (RemoteProductSupplier(single, code, fields.money("supply_price")),)
    return None if rows is None else tuple(row for row in rows if row.supplier_id)


@dataclass(frozen=True, slots=True)
class RemoteStock:
    """What is on hand of one product at one outlet; costs without tax."""

    remote_id: str
    product_id: str
    outlet_id: str
    on_hand: Decimal
    average_cost: Decimal | None
    reorder_point: Decimal | None
    restock_level: Decimal | None
    version: int
    deleted_at: datetime | None

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "inventory record")
        row = cls(
            remote_id=fields.identity(),
            product_id=fields.identity("product_id"),
            outlet_id=fields.identity("outlet_id"),
            on_hand=fields.needed("current_inventory_level"),
            average_cost=fields.money("average_cost"),
            reorder_point=fields.money("reorder_point"),
            restock_level=fields.money("reorder_target") or fields.money("reorder_amount"),
            version=fields.whole("version", required=True),
            deleted_at=fields.moment("deleted_at"),
        )
        fields.check()
        return row

    @classmethod
    def from_level(cls, payload: object) -> Self:
        """From the read by product ids, which shows neither an id nor a version."""
        fields = Fields(payload, "inventory level")
        row = cls(
            remote_id="",
            product_id=fields.identity("product_id"),
            outlet_id=fields.identity("location_id"),
            on_hand=fields.needed("current_inventory_level"),
            average_cost=fields.money("average_cost"),
            reorder_point=fields.money("reorder_threshold"),
            restock_level=fields.money("reorder_target") or fields.money("reorder_amount"),
            version=0,
            deleted_at=None,
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """A picture after its upload: `processing`, then `uploaded` or `error`."""

    remote_id: str
    product_id: str
    status: str

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "image")
        row = cls(fields.identity(), fields.text("product_id"), fields.text("status"))
        fields.check()
        return row
