"""Dirty data, chapter 1: barcodes and codes."""

from __future__ import annotations

from integrations.sandbox.world import codes
from integrations.sandbox.world.recipe import Scene, recipe

FILLERS = ("N/A", "TBD", "-", "", "none", "NA", "0", "000000000000")


@recipe("upc_shared_by_two_sizes", "Two sizes of one order carry the same barcode.", "1")
def shared(scene: Scene) -> None:
    (line, row), (other, second) = scene.two()
    code = codes.upc_a("048291", 77001)
    scene.set_code(line, row, code)
    scene.set_code(other, second, code)


@recipe("upc_lost_leading_zero", "A spreadsheet ate the barcode's leading zero.", "2")
def lost_zero(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.upc_a("036414", 21007).removeprefix("0"))


@recipe("upc_lost_zero_twice", "Two leading zeros are gone: ten digits remain.", "2")
def lost_zeros(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.upc_a("003641", 21008).lstrip("0"))


@recipe("upc_case_code_gtin14", "The code is a carton's GTIN-14, not the unit's.", "3")
def case_code(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.gtin_14(codes.upc_a("048291", 77002), indicator=1))


@recipe("upc_unit_gtin14", "The unit's code is written with fourteen digits.", "3")
def unit_14(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.gtin_14(row.get("upc") or codes.upc_a("048291", 77003)))


@recipe("upc_scientific_notation", "A spreadsheet turned the code into 8.85E+11.", "4")
def scientific(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, "8.85E+11")


@recipe("upc_filler_words", "Words such as N/A, TBD and - stand where barcodes belong.", "5")
def fillers(scene: Scene) -> None:
    for at, (line, row) in enumerate(scene.pairs()):
        scene.set_code(line, row, FILLERS[at % len(FILLERS)])


@recipe("upc_all_na", "Every size carries the literal N/A.", "6", "5")
def all_na(scene: Scene) -> None:
    for line, row in scene.pairs():
        scene.set_code(line, row, "N/A")


@recipe("upc_missing_everywhere", "No size has a barcode key at all.", "5")
def missing(scene: Scene) -> None:
    for line, row in scene.pairs():
        scene.set_code(line, row, None)


@recipe("upc_wrong_check_digit", "The last digit does not fit the others.", "7")
def wrong_digit(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.wrong_check_digit(codes.upc_a("048291", 77004)))


@recipe(
    "upc_of_another_brand", "The barcode already sits on another brand's goods in the shop.", "8"
)
def of_another_brand(scene: Scene) -> None:
    line, row = next(scene.pairs())
    known = scene.codes_elsewhere or [codes.upc_a("081229", 100)]
    scene.set_code(line, row, known[0])


@recipe("upc_on_two_pos_products", "The barcode sits on two old products in the shop.", "9")
def on_two(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, "012345678905")


@recipe("upc_spaced_and_hyphenated", "The barcode is written with spaces and hyphens.", "10")
def spaced(scene: Scene) -> None:
    (line, row), (other, second) = scene.two()
    plain, more = codes.upc_a("048291", 77005), codes.upc_a("048291", 77006)
    scene.set_code(line, row, f" {plain[0]} {plain[1:6]} {plain[6:11]} {plain[11]} ")
    scene.set_code(other, second, f"{more[:6]}-{more[6:]}")


@recipe("upc_e_and_ean_8", "Eight digits that are UPC-E on one size and EAN-8 on the next.", "11")
def eight_digits(scene: Scene) -> None:
    (line, row), (other, second) = scene.two()
    scene.set_code(line, row, "04252614")  # UPC-E of 0 42100 00526 4
    scene.set_code(other, second, "96385074")  # EAN-8


@recipe("upc_is_a_word", "The barcode field holds the brand's own letters.", "5", "7")
def word(scene: Scene) -> None:
    for line, row in scene.pairs():
        scene.set_code(line, row, f"{line['product']['style_number']}-{row['size']}")


@recipe("style_number_with_signs", "The style number holds a slash and a space.", "12")
def signs(scene: Scene) -> None:
    line = scene.lines[0]
    line["product"]["style_number"] = "AB-100/7 L"
    product = scene.product_of(line)
    if product is not None:
        product["style_number"] = "AB-100/7 L"


@recipe("size_label_renamed", "The brand renamed a size: the same SKU is now called Medium.", "14")
def size_renamed(scene: Scene) -> None:
    line, row = next(scene.pairs())
    old, row["size"] = row["size"], "Medium"
    product = scene.product_of(line)
    for held in product["sizes"] if product else []:
        if held["size"] == old:
            held["size"] = "Medium"


@recipe("upc_replaced", "The same size got a new barcode since the last order.", "15", "16")
def replaced(scene: Scene) -> None:
    line, row = next(scene.pairs())
    scene.set_code(line, row, codes.upc_a("048291", 77007))


@recipe(
    "D14_codes_equal_but_for_case",
    "Style numbers that differ only in case, a leading zero or a trailing space.",
    "D14",
)
def nearly_equal(scene: Scene) -> None:
    spellings = ("0ab-7", "AB-7", "ab-7", "ab-7 ")
    for line, spelling in zip(scene.lines, spellings, strict=False):
        line["product"]["style_number"] = spelling
        product = scene.product_of(line)
        if product is not None:
            product["style_number"] = spelling


@recipe("D26_code_like_a_card_number", "The style number looks like a payment card.", "D26")
def card(scene: Scene) -> None:
    scene.lines[0]["product"]["style_number"] = "4111 1111 1111 1111"
