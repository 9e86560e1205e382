"""The border of X-Series: their JSON into records, our words into their JSON. No network."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Unreadable
from integrations.xseries import payloads
from integrations.xseries.outgoing import tidy
from integrations.xseries.payloads import (
    RemoteConsignment,
    RemoteConsignmentLine,
    RemoteProduct,
    RemoteShop,
    RemoteStock,
    RemoteSupplier,
    RemoteTax,
)


@dataclass(frozen=True)
class New:
    """A variant to be created, as the sender hands it over."""

    sku: str = "ALP100NVYM"
    barcode: str = "036000291452"
    barcode_kind: str = "UPC"
    options: tuple[tuple[str, str], ...] = (("Colour", "Navy"), ("Size", "M"))
    supply_price: Decimal | None = Decimal("90.10")
    retail_price: Decimal | None = Decimal("199.00")
    supplier_code: str = "ALP-100-Navy-M"


ATTRIBUTES = {"colour": "va-colour", "size": "va-size"}


def product(**members):
    return {
        "id": "p-1",
        "name": "Alpine Shell",
        "sku": "ALP1",
        "version": 27_000_000_003,
        **members,
    }


# --- in ----------------------------------------------------------------------------------------


def test_every_missing_and_wrong_member_is_named_at_once():
    """D1, D2, D3: one sentence for all of it."""
    with pytest.raises(Unreadable) as caught:
        RemoteProduct.from_payload(
            {"id": "p-1", "sku": ["x"], "supply_price": "dear", "has_inventory": "yes"}
        )
    words = str(caught.value)
    for part in (
        "product p-1",
        "name is missing",
        "version is missing",
        "sku is not a text",
        "supply_price is not a number: 'dear'",
        "has_inventory is not true or false",
    ):
        assert part in words


@pytest.mark.parametrize("payload", [None, [], "text", 7, True])
def test_what_is_not_an_object_is_said_to_be_none(payload):
    with pytest.raises(Unreadable, match="is not an object"):
        RemoteSupplier.from_payload(payload)


def test_unknown_members_are_taken_no_notice_of():
    """D4."""
    row = RemoteProduct.from_payload(product(brand_new_member={"a": [1]}))
    assert row.remote_id == "p-1"


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        (None, None),
        ("", None),
        (0, Decimal(0)),
        ("0.00000", Decimal(0)),
        (Decimal("24.5"), Decimal("24.5")),
        ("24.50000", Decimal("24.5")),
        (24, Decimal(24)),
    ],
)
def test_money_is_read_from_numbers_and_texts_and_unknown_is_not_zero(shown, read):
    assert RemoteProduct.from_payload(product(supply_price=shown)).supply_price == read


@pytest.mark.parametrize("shown", ["NaN", "Infinity", "1e400", True, {}, "12,50", 10**12])
def test_money_that_is_none_is_refused(shown):
    """D5, D6."""
    with pytest.raises(Unreadable, match="supply_price"):
        RemoteProduct.from_payload(product(supply_price=shown))


def test_a_tombstone_may_have_lost_everything_but_its_id():
    row = RemoteProduct.from_payload(
        {"id": "p-1", "version": 9, "deleted_at": "2026-11-23T08:00:00Z", "product_codes": None}
    )
    assert row.deleted_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert row.codes is None


def test_a_product_knows_its_head_its_codes_and_its_first_supplier():
    row = RemoteProduct.from_payload(
        product(
            id="p-2",
            variant_parent_id="p-1",
            family_id="f-1",
            variant_name="Alpine Shell / Navy / M",
            variant_options=[{"id": "va", "name": "Colour", "value": "Navy"}],
            product_codes=[{"id": "c", "code": "0036000291452", "type": "EAN"}],
            product_suppliers=[
                {"supplier_id": "s-1", "code": "ALP", "price": Decimal("90")},
                {"supplier_id": None, "code": "lost"},
            ],
            brand={"id": "b-1", "name": "Alpine"},
        )
    )
    assert (row.head_id, row.family_id, row.is_head) == ("p-1", "f-1", False)
    assert row.codes is not None
    assert row.codes[0].code == "0036000291452"
    assert row.suppliers is not None
    assert [(one.supplier_id, one.cost) for one in row.suppliers] == [("s-1", Decimal(90))]
    assert row.brand_id == "b-1"


def test_an_older_row_has_its_single_supplier():
    row = RemoteProduct.from_payload(
        product(supplier_id="s-1", supplier_code="ALP", supply_price=90, product_suppliers=[])
    )
    assert row.suppliers is not None
    assert (row.suppliers[0].code, row.suppliers[0].cost) == ("ALP", Decimal(90))


def test_nul_bytes_and_lone_surrogates_do_not_reach_the_database():
    """D10, D11."""
    row = RemoteSupplier.from_payload({"id": "s", "version": 1, "name": "A\x00cme \ud800"})
    assert row.name == "Acme \ufffd"


def test_a_code_that_somebody_sent_as_a_number_is_a_text():
    assert RemoteProduct.from_payload(product(sku=10001)).sku == "10001"


def test_a_tax_is_the_sum_of_its_parts_and_unknown_where_a_part_is():
    row = {"id": "t", "version": 1, "name": "GST + PST"}
    both = RemoteTax.from_payload(row | {"rates": [{"rate": "0.05"}, {"rate": 0.07}]})
    assert both.rate == Decimal("0.12")
    assert RemoteTax.from_payload(row | {"rates": [{"rate": "0.05"}, {}]}).rate is None


def test_the_shop_says_how_it_counts():
    shop = RemoteShop.from_payload(
        {
            "id": "r",
            "domain_prefix": "Alder-Quay",
            "name": "Alder & Quay",
            "currency": {"code": "USD", "symbol": "$"},
            "timezone": "America/New_York",
            "country": "US",
            "tax_exclusive": True,
            "version": "270001",
        }
    )
    assert (shop.domain_prefix, shop.currency) == ("alder-quay", "USD")
    assert not shop.prices_include_tax


def test_stock_without_a_level_is_unreadable_and_without_a_cost_unknown():
    row = {"id": "i", "product_id": "p", "outlet_id": "o", "version": 4}
    with pytest.raises(Unreadable, match="current_inventory_level is missing"):
        RemoteStock.from_payload(row)
    assert RemoteStock.from_payload(row | {"current_inventory_level": 3}).average_cost is None


def test_a_consignment_line_reads_decimal_texts():
    line = RemoteConsignmentLine.from_payload(
        {"product_id": "p", "count": "6.00000", "received": None, "cost": "90.00000"}
    )
    assert (line.count, line.received, line.cost) == (Decimal(6), Decimal(0), Decimal(90))
    assert RemoteConsignmentLine.from_payload({"product_id": "p"}).cost is None


def test_an_unknown_status_is_kept_as_it_came():
    row = RemoteConsignment.from_payload(
        {"id": "c", "type": "SUPPLIER", "status": "PARKED", "version": 3}
    )
    assert row.status == "PARKED"
    assert row.is_purchase_order


# --- out ---------------------------------------------------------------------------------------


def test_a_supplier_has_a_contact_even_if_it_says_nothing():
    assert payloads.supplier_payload(" Tarn &  Thistle ") == {
        "name": "Tarn & Thistle",
        "contact": {"company_name": "Tarn & Thistle"},
    }


def test_a_family_carries_what_the_mapping_says():
    """Workflow 5.2: name, description, brand, prices, supplier code, UPC; never stock."""
    body = payloads.family_payload(
        name="Alpine Shell Jacket",
        description="<p>Warm.</p>",
        brand_id="br-1",
        supplier_id="su-1",
        category_id="ca-1",
        tag_ids=["ta-1"],
        attribute_ids=ATTRIBUTES,
        variants=[New(), New(sku="ALP100NVYL", options=(("Size", "L"), ("Color", "Navy")))],
    )
    assert body == {
        "name": "Alpine Shell Jacket",
        "description": "<p>Warm.</p>",
        "brand_id": "br-1",
        "product_category_id": "ca-1",
        "tag_ids": ["ta-1"],
        "variants": [
            {
                "sku": "ALP100NVYM",
                "product_codes": [{"code": "036000291452", "type": "UPC"}],
                "price_excluding_tax": 199,
                "product_suppliers": [
                    {"supplier_id": "su-1", "code": "ALP-100-Navy-M", "price": 90.1}
                ],
                "variant_definitions": [
                    {"attribute_id": "va-colour", "value": "Navy"},
                    {"attribute_id": "va-size", "value": "M"},
                ],
            },
            {
                "sku": "ALP100NVYL",
                "product_codes": [{"code": "036000291452", "type": "UPC"}],
                "price_excluding_tax": 199,
                "product_suppliers": [
                    {"supplier_id": "su-1", "code": "ALP-100-Navy-M", "price": 90.1}
                ],
                "variant_definitions": [
                    {"attribute_id": "va-colour", "value": "Navy"},
                    {"attribute_id": "va-size", "value": "L"},
                ],
            },
        ],
    }


def test_one_size_goods_are_a_plain_product():
    body = payloads.family_payload(name="Scarf", variants=[New(options=())])
    assert "variants" not in body
    assert body["sku"] == "ALP100NVYM"
    assert body["supply_price"] == 90.1


def test_several_variants_need_attributes():
    with pytest.raises(ValueError, match="exactly one variant"):
        payloads.family_payload(name="Scarf", variants=[New(options=()), New(options=())])


def test_a_variant_without_a_value_or_a_sku_is_refused_here_not_there():
    with pytest.raises(ValueError, match="no value for size"):
        payloads.family_payload(
            name="Tee", attribute_ids=ATTRIBUTES, variants=[New(options=(("Colour", "Navy"),))]
        )
    with pytest.raises(ValueError, match="SKU"):
        payloads.family_payload(name="Tee", variants=[New(sku="--", options=())])


@pytest.mark.parametrize(
    ("with_tax", "name"), [(True, "price_including_tax"), (False, "price_excluding_tax")]
)
def test_one_retail_price_as_the_shop_keeps_prices(with_tax, name):
    """Edge case 55: never both."""
    body = payloads.family_payload(
        name="Scarf", variants=[New(options=())], prices_include_tax=with_tax
    )
    assert [key for key in body if key.startswith("price_")] == [name]


def test_unknown_prices_are_left_out_and_free_ones_are_not():
    """Edge case 49: a free sample costs 0, an unknown cost is not written."""
    body = payloads.family_payload(
        name="Scarf",
        supplier_id="su-1",
        variants=[New(options=(), supply_price=None, retail_price=None)],
    )
    assert "price_excluding_tax" not in body
    assert "price" not in body["product_suppliers"][0]
    free = payloads.family_payload(
        name="Scarf", supplier_id="su-1", variants=[New(options=(), supply_price=Decimal("0.00"))]
    )
    assert free["product_suppliers"][0]["price"] == 0


@pytest.mark.parametrize(
    ("code", "kind", "sent"),
    [
        ("036000291452", "UPC", "UPC"),
        ("12345", "UPC", "CUSTOM"),
        ("ABC-1", "UPC", "CUSTOM"),
        ("4006381333931", "EAN", "EAN"),
        ("00360002914521", "ITF", "ITF"),
        ("n/a?", "", "CUSTOM"),
    ],
)
def test_a_code_never_claims_a_type_it_does_not_have(code, kind, sent):
    """Code rules, workflow 6."""
    body = payloads.family_payload(
        name="Scarf", variants=[New(options=(), barcode=code, barcode_kind=kind)]
    )
    assert body["product_codes"] == [{"code": code, "type": sent}]


@given(st.text())
def test_a_sku_holds_letters_and_digits_only(text):
    assert all(one.isascii() and one.isalnum() for one in payloads.sku_text(text))


@given(st.text())
def test_a_name_is_one_tidy_line(text):
    """D12, D15: no turning marks, at most 255."""
    shown = tidy(text)
    assert len(shown) <= 255
    assert not set(shown) & set("\u202e\u200f\n\t\x00")


def test_a_tax_is_set_once_or_outlet_by_outlet():
    def body(**more):
        return payloads.family_payload(
            name="Scarf", variants=[New(options=())], tax_id="t-1", **more
        )

    assert body(prices_include_tax=True)["all_outlets_tax"] == {"tax_id": "t-1"}
    assert body(outlet_ids=["o-1", "o-2"])["outlet_taxes"] == [
        {"outlet_id": "o-1", "tax_id": "t-1"},
        {"outlet_id": "o-2", "tax_id": "t-1"},
    ]
    assert "outlet_taxes" not in body()


def test_a_variant_is_added_by_the_name_of_its_family():
    body = payloads.added_variant_payload(
        family_name="Alpine Shell Jacket",
        family_id="p-1",
        supplier_id="su-1",
        attribute_ids=ATTRIBUTES,
        variant=New(),
    )
    assert body["common"] == {"name": "Alpine Shell Jacket"}
    assert body["details"]["sku"] == "ALP100NVYM"
    assert len(body["details"]["variant_definitions"]) == 2


def test_a_purchase_order_carries_number_and_note_verbatim():
    """Workflow 5.1: order number, customer PO, last day of the ship window."""
    body = payloads.consignment_payload(
        outlet_id="ou-1",
        supplier_id="su-1",
        reference="41662-1",
        note="FALL26 / 01",
        due=date(2026, 12, 1),
        timezone="America/New_York",
    )
    assert body == {
        "name": "FALL26 / 01",
        "type": "SUPPLIER",
        "status": "OPEN",
        "outlet_id": "ou-1",
        "supplier_id": "su-1",
        "reference": "41662-1",
        "due_at": "2026-12-01T12:00:00+00:00",
    }


def test_a_blank_note_is_the_order_number_so_it_can_be_found():
    """Edge case 61."""
    body = payloads.consignment_payload(
        outlet_id="ou-1", supplier_id="su-1", reference="41662", note=" "
    )
    assert body["name"] == "41662"
    assert body["due_at"] is None


@pytest.mark.parametrize(
    "zone",
    ["UTC", "America/New_York", "Pacific/Honolulu", "Pacific/Auckland", "Pacific/Kiritimati"],
)
def test_a_delivery_date_is_the_same_day_everywhere_it_is_shown(zone):
    """D30: midnight UTC would be the day before in New York."""
    for day in (date(2026, 1, 15), date(2026, 7, 15)):
        moment = datetime.fromisoformat(payloads.due_at(day, zone))
        assert moment.date() == day
        assert moment.astimezone(ZoneInfo(zone)).date() == day


def test_a_line_under_construction_never_says_received():
    """Edge case 83: even a 0 would send the order on its way."""
    entry = payloads.line_entry("p-1", count=6, cost=Decimal("90.00"))
    assert entry == {"product_id": "p-1", "count": "6", "cost": "90.00"}
    assert payloads.line_entry("p-1", count=6) == {"product_id": "p-1", "count": "6"}
    assert payloads.line_values(cost=Decimal("1E+2")) == {"cost": "100"}
    assert payloads.received_entry("p-1", received=4) == {"product_id": "p-1", "received": "4"}


def test_reference_keys_keep_split_orders_apart():
    """Edge case 59."""
    assert payloads.reference_key("100589-1") == payloads.reference_key(" 100589-1")
    assert payloads.reference_key("100589-1") != payloads.reference_key("1005891")
