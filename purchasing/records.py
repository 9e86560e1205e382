"""What intake takes: orders and items in our words, already checked at the border.

`integrations.*.payloads` makes these; nothing past it handles foreign dicts. Unknown is None.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an order or a line, for a person.

    `code` is stable (tests, filters); `text` names the field and what to do; `blocks` says the
    line (or order) cannot be written before it is settled.
    """

    code: str
    text: str
    blocks: bool = True
    field: str = ""

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "text": self.text, "blocks": self.blocks, "field": self.field}


@dataclass(frozen=True, slots=True)
class IncomingItem:
    """One size of one colourway, as the supplier lists it."""

    source_key: str
    product_key: str
    size: str
    style_number: str = ""
    brand_item_key: str = ""
    season: str = ""
    colour: str = ""
    colour_code: str = ""
    size_position: int = 0
    name: str = ""
    description: str = ""
    brand_name: str = ""
    category: str = ""
    code: str = ""
    wholesale: Decimal | None = None
    msrp: Decimal | None = None
    currency: str = ""
    units_per_pack: int | None = None
    image_urls: tuple[str, ...] = ()
    # The supplier's own id of this size; stays when a size label is renamed.
    sku_key: str = ""
    # What was left out or cut when the product was read, for the order's story.
    problems: tuple[Problem, ...] = ()
    # True when this came from the product itself and not only from an order line.
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """One ordered size: quantity in units, costs per unit in the order's currency, without tax."""

    key: str
    item: IncomingItem
    quantity: int
    unit_cost: Decimal | None
    list_cost: Decimal | None = None
    discount_percent: Decimal | None = None
    msrp: Decimal | None = None
    ship_start: date | None = None
    ship_end: date | None = None
    warehouse: str = ""
    is_prebook: bool = False
    note: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingAddress:
    """Where the supplier will ship to, as the supplier keeps it."""

    key: str
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Something besides the lines that a header total may hold: a surcharge, freight, a discount.

    `amount` is in the order's currency, below zero where it lowers the total.
    """

    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """One order of one brand portal; `source_key` is its id there, never the number."""

    source_key: str
    number: str
    brand_status: str
    brand_status_text: str
    currency: str
    lines: tuple[IncomingLine, ...]
    customer_po: str = ""
    ordered_at: datetime | None = None
    modified_at: datetime | None = None
    ship_start: date | None = None
    ship_end: date | None = None
    ship_to: IncomingAddress | None = None
    buyer_name: str = ""
    rep_name: str = ""
    notes: str = ""
    group_key: str = ""
    discount_percent: Decimal | None = None
    surcharge_percent: Decimal | None = None
    surcharge_label: str = ""
    header_total: Decimal | None = None
    header_units: int | None = None
    adjustments: tuple[Adjustment, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
