"""Products: families, codes, names, updates, deletes, images, stock."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
import requests
from PIL import Image

from tests.sandbox.till import XSeriesSandbox


def variant(colour: str, size: str, box: XSeriesSandbox, **members: Any) -> dict[str, Any]:
    return {
        "sku": f"ASJ-{colour}-{size}",
        "price_excluding_tax": 199.00,
        "variant_definitions": [
            {"attribute_id": box.id("attribute", 1), "value": colour},
            {"attribute_id": box.id("attribute", 2), "value": size},
        ],
        **members,
    }


def family(box: XSeriesSandbox, **members: Any) -> dict[str, Any]:
    return {
        "name": "Alpine Shell Jacket",
        "brand_id": box.id("brand"),
        "product_suppliers": [{"supplier_id": box.id("supplier"), "code": "ASJ", "price": 90.00}],
        "variants": [variant(c, s, box) for c in ("Navy", "Moss") for s in ("S", "M", "L")],
        **members,
    }


def by_sku(box: XSeriesSandbox, sku: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = box.ok("GET", "/products", params={"sku": sku})["data"]
    assert len(found) == 1
    return found[0]


def test_a_family_comes_back_as_bare_ids_in_another_order(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    ids = box.ok("POST", "/products", family(box))["data"]
    made = [effect["subject"] for effect in box.effects("product_created")]
    assert sorted(ids) == sorted(made)
    assert ids != made
    assert len(box.effects("family_created")) == 1
    parent, child = by_sku(box, "asj-navy-s"), by_sku(box, "ASJ-Moss-L")
    assert (parent["variant_parent_id"], parent["has_variants"]) == (None, True)
    assert parent["variant_count"] == 6
    assert (child["variant_parent_id"], child["has_variants"]) == (parent["id"], False)
    assert child["family_id"] == parent["family_id"]
    assert child["variant_name"] == "Alpine Shell Jacket / Moss / L"
    assert [o["value"] for o in child["variant_options"]] == ["Moss", "L"]
    assert child["supply_price"] == 90
    assert child["product_suppliers"][0]["supplier_name"] == "Tarn & Thistle"
    assert float(child["price_including_tax"]) == pytest.approx(218.9)
    assert box.stock(child["id"], box.id("outlet")) == 0


def test_sending_a_family_twice_is_refused_by_its_name(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))
    again = box.call("POST", "/products", family(box))
    assert again.status_code == 422
    assert "name" in again.json()["errors"]
    assert len(box.effects("family_created")) == 1


def test_a_code_belongs_to_one_product_in_the_whole_shop(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    code = [{"type": "UPC", "code": "012345678905"}]
    box.ok("POST", "/products", {"name": "Scarf", "sku": "SCARF", "product_codes": code})
    for taken in ({"product_codes": code}, {"sku": "scarf"}, {"sku": "10001"}):
        answer = box.call("POST", "/products", {"name": "Other scarf", **taken})
        assert answer.status_code == 422
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "already used" in answer.text
    variants = [variant("Navy", "S", box), variant("Navy", "M", box, sku="SCARF")]
    assert box.call("POST", "/products", family(box, variants=variants)).status_code == 422
    assert [e["sku"] for e in box.effects("product_created")] == ["SCARF"]
    box.other_shop().ok("POST", "/products", {"name": "Scarf", "sku": "SCARF"})


def test_a_deleted_product_frees_its_codes(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    made = box.ok("POST", "/products", {"name": "Scarf", "sku": "SCARF"})["data"][0]
    box.ok("DELETE", f"/products/{made}")
    box.ok("POST", "/products", {"name": "Scarf", "sku": "SCARF"})
    assert box.ok("GET", f"/products/{made}")["data"]["deleted_at"]
    assert box.call("PUT", f"/products/{made}", {"details": {"is_active": True}}).status_code == 404


def test_a_missing_sku_comes_from_the_shops_sequence(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", {"name": "Scarf"})
    product = box.ok("GET", "/products", params={"name": "scarf"})["data"][0]
    assert product["sku"] == "50001"
    assert product["product_codes"][0]["type"] == "CUSTOM"


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"price_including_tax": 1, "price_excluding_tax": 1}, "price_including_tax"),
        ({"price_excluding_tax": "12.50"}, "price_excluding_tax"),
        ({"price_excluding_tax": -1}, "price_excluding_tax"),
        ({"brand_id": "nobody"}, "brand_id"),
        ({"product_suppliers": [{"supplier_id": "nobody"}]}, "product_suppliers.supplier_id"),
        ({"product_category_id": "nowhere"}, "product_category_id"),
        ({"tag_ids": ["nothing"]}, "tag_ids"),
        ({"images": [{"type": "url", "location": "https://x.example/a.jpg"}]}, "images"),
        ({"product_codes": [{"type": "QR", "code": "1"}]}, "product_codes"),
        ({"name": None}, "name"),
        ({"name": 12}, "name"),
    ],
)
def test_what_is_wrong_is_named_by_field(
    xseries_sandbox: XSeriesSandbox, members: dict[str, Any], field: str
) -> None:
    answer = xseries_sandbox.call("POST", "/products", {"name": "Scarf", **members})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert xseries_sandbox.effects("product_created") == []


def test_a_family_has_its_limits(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    many = [variant("Navy", str(n), box) for n in range(201)]
    assert box.call("POST", "/products", family(box, variants=many)).status_code == 422
    twins = [variant("Navy", "S", box, sku="A"), variant("navy", "S", box, sku="B")]
    assert box.call("POST", "/products", family(box, variants=twins)).status_code == 422
    extra = [
        box.ok("POST", "/variant_attributes", {"name": name})["data"]["id"]
        for name in ("Inseam", "Wash")
    ]
    four = variant("Navy", "S", box)
    four["variant_definitions"] += [{"attribute_id": own, "value": "x"} for own in extra]
    assert box.call("POST", "/products", family(box, variants=[four])).status_code == 422
    uneven = [variant("Navy", "S", box), variant("Navy", "M", box)]
    uneven[1]["variant_definitions"].pop()
    assert box.call("POST", "/products", family(box, variants=uneven)).status_code == 422
    assert box.call("POST", "/products", family(box, variants=many[:200])).status_code == 200


def test_a_variant_is_added_by_the_legacy_call(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))
    details = {
        "product_codes": [{"type": "CUSTOM", "code": "ASJ-Navy-XL"}],
        "price_excluding_tax": 199,
        "variant_attribute_values": [
            {"attribute_id": box.id("attribute", 1), "attribute_value": "Navy"},
            {"attribute_id": box.id("attribute", 2), "attribute_value": "XL"},
        ],
    }
    body = {"common": {"name": "Alpine Shell Jacket"}, "details": details}
    made = box.ok("POST", "/products", body, version="2.1")["data"][0]
    parent, added = by_sku(box, "asj-navy-s"), by_sku(box, "asj-navy-xl")
    assert added["id"] == made
    assert added["variant_parent_id"] == parent["id"]
    assert parent["variant_count"] == 7
    assert added["product_suppliers"][0]["code"] == "ASJ"
    assert box.call("POST", "/products", body, version="2.1").status_code == 422
    body["common"] = {"name": "Mug 1"}
    assert box.call("POST", "/products", body, version="2.1").status_code == 422


def test_an_update_replaces_lists_and_names_the_whole_family(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))
    own = by_sku(box, "asj-navy-m")
    before = own["version"]
    change = {
        "common": {"name": "Shell Jacket", "tag_ids": [box.id("tag")]},
        "details": {"product_codes": [{"type": "UPC", "code": "4006381333931"}]},
    }
    assert box.ok("PUT", f"/products/{own['id']}", change) == {}
    after = box.ok("GET", f"/products/{own['id']}")["data"]
    assert [c["code"] for c in after["product_codes"]] == ["4006381333931"]
    assert after["sku"] == "4006381333931"
    assert after["version"] > before
    assert by_sku(box, "asj-moss-l")["variant_name"] == "Shell Jacket / Moss / L"
    taken = {"common": {"name": "Mug 1"}}
    assert box.call("PUT", f"/products/{own['id']}", taken).status_code == 422
    box.ok("PUT", f"/products/{own['id']}", {"common": {"tag_ids": []}})
    assert by_sku(box, "asj-moss-l")["tag_ids"] == []


@pytest.mark.parametrize(
    "body", [{"price_excluding_tax": 1}, {"details": {"supply_price": 1}}, {"common": []}]
)
def test_an_update_refuses_what_it_does_not_know(
    xseries_sandbox: XSeriesSandbox, body: dict[str, Any]
) -> None:
    box = xseries_sandbox
    answer = box.call("PUT", f"/products/{box.id('product')}", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_family_goes_as_a_whole(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))
    parent = by_sku(box, "asj-navy-s")
    assert box.call("DELETE", f"/products/{parent['id']}").status_code == 422
    box.ok("DELETE", f"/products/{by_sku(box, 'asj-moss-l')['id']}/all")
    assert box.ok("GET", "/products", params={"family_name": "Alpine Shell Jacket"})["data"] == []
    assert len(box.effects("product_deleted")) == 6


# Search and stock


def test_search_takes_many_codes_in_lower_case_only(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))

    def skus(*pairs: tuple[str, str]) -> list[str]:
        found = box.ok("GET", "/search", params=[("type", "products"), *pairs])["data"]
        return sorted(row["sku"] for row in found)

    assert skus(("sku", "asj-navy-s"), ("sku", "10001")) == ["10001", "ASJ-Navy-S"]
    assert skus(("sku", "ASJ-Navy-S")) == []
    parent = by_sku(box, "asj-navy-s")["id"]
    assert len(skus(("variant_parent_id", parent))) == 5
    assert len(skus(("variant_parent_id", parent), ("sku", "-asj-moss-l"))) == 4
    assert len(skus(("brand_id", box.id("brand")), ("page_size", "2"), ("offset", "5"))) == 1
    assert box.call("GET", "/search", params={"type": "customers"}).status_code == 400


def test_adjustments_move_stock_all_or_none(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    product, outlet = box.id("product"), box.id("outlet")
    one = {"product_id": product, "outlet_id": outlet, "quantity": "-3", "reason": "DAMAGE"}
    made = box.call("POST", "/stock_adjustments", {"stock_adjustments": [one]})
    assert made.status_code == 201
    assert box.stock(product, outlet) == 1
    bad = one | {"reason": "CAT"}
    both = {"stock_adjustments": [one, bad]}
    assert box.call("POST", "/stock_adjustments", both).status_code == 422
    assert box.call("POST", "/stock_adjustments", {"stock_adjustments": []}).status_code == 400
    assert box.stock(product, outlet) == 1
    listed = box.ok("GET", "/stock_adjustments")["data"]
    assert [row["quantity"] for row in listed] == ["-3"]


def test_levels_are_a_bare_list_by_offset(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    asked = {"product_ids": [box.id("product")], "size": 1}
    first = box.ok("POST", "/inventory_levels", asked)
    second = box.ok("POST", "/inventory_levels", asked | {"offset": 1})
    assert [row["current_inventory_level"] for row in first + second] == [4, 4]
    assert first[0]["location_id"] != second[0]["location_id"]
    assert len(box.ok("GET", f"/inventory_levels/{box.id('product')}")) == 2


def test_a_sale_at_the_till_lowers_stock_and_enters_the_feed(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    product, outlet = box.id("product"), box.id("outlet")
    cursor = box.ok("GET", "/sales")["version"]["max"]
    assert box.play(f"/products/{product}/sell", quantity="3", outlet_id=outlet)["ok"]
    assert box.stock(product, outlet) == 1
    sales = box.ok("GET", "/sales", params={"after": cursor})["data"]
    assert [line["quantity"] for line in sales[0]["line_items"]] == [3]
    assert not box.play(f"/products/{product}/sell", quantity="none")["ok"]


# Images


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


def upload(box: XSeriesSandbox, product: str, content: bytes) -> requests.Response:
    path = f"/products/{product}/actions/image_upload"
    return box.call("POST", path, files={"image": ("a.png", content, "image/png")})


def test_an_image_is_processed_a_moment_later_and_never_stored_twice(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    box.ok("POST", "/products", family(box))
    parent, child = by_sku(box, "asj-navy-s"), by_sku(box, "asj-moss-l")
    first = upload(box, child["id"], picture("navy"))
    assert first.status_code == 201
    image = first.json()["data"]
    assert (image["status"], image["product_id"]) == ("processing", parent["id"])
    again = upload(box, parent["id"], picture("navy")).json()["data"]
    assert again["id"] == image["id"]
    assert len(box.effects("image_uploaded")) == 1
    deadline = time.monotonic() + 5
    while box.ok("GET", f"/product_images/{image['id']}")["data"]["status"] == "processing":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert box.ok("GET", f"/product_images/{image['id']}")["data"]["status"] == "uploaded"
    shown = by_sku(box, "asj-navy-s")["images"]
    assert requests.get(shown[0]["url"], timeout=5).content == picture("navy")


def test_images_are_placed_and_removed(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    own = box.id("product")
    first, second = (upload(box, own, picture(c)).json()["data"]["id"] for c in ("red", "blue"))
    box.ok("PUT", f"/product_images/{first}", {"position": 3})
    assert [i["id"] for i in by_sku(box, "10001")["images"]] == [second, first]
    assert box.call("DELETE", f"/product_images/{second}").status_code == 204
    assert [i["id"] for i in by_sku(box, "10001")["images"]] == [first]
    assert box.call("GET", f"/product_images/{second}").status_code == 404


def test_what_is_no_picture_is_refused_and_a_torn_one_ends_in_error(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    own = box.id("product")
    assert upload(box, own, b"<svg/>").status_code == 422
    assert upload(box, own, b"").status_code == 422
    assert upload(box, own, b"x" * (10 * 2**20 + 1)).status_code == 413
    path = f"/products/{own}/actions/image_upload"
    assert box.call("POST", path, files={"picture": b"x"}).status_code == 400
    torn = upload(box, own, picture("red")[:50]).json()["data"]["id"]
    deadline = time.monotonic() + 5
    while box.ok("GET", f"/product_images/{torn}")["data"]["status"] != "error":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert by_sku(box, "10001")["images"] == []
