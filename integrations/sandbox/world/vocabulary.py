"""The words of the world: brands, their goods, colours and size runs. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.sandbox.world.model import Colour


@dataclass(frozen=True)
class Trade:
    """What a kind of brand sells; an item is noun, silhouette, lowest wholesale price, size run."""

    items: tuple[tuple[str, str, int, str], ...]
    palette: str
    colours: tuple[int, int]
    """Fewest and most colourways of one style."""
    markup: str
    """Suggested retail price as a multiple of wholesale."""


@dataclass(frozen=True)
class Maker:
    """One brand: its name on the label and how it numbers and spells its styles."""

    key: str
    name: str
    code: str
    trade: str
    gs1: str
    """Company prefix of its barcodes; seven digits make EAN-13 codes, six make UPC-A codes."""
    season_words: str = "short"
    """`short` FW26, `long` Fall 26, `spr` SPR27."""
    places: str = "hill"


SIZES: dict[str, tuple[str, ...]] = {
    "alpha5": ("XS", "S", "M", "L", "XL"),
    "alpha4": ("S", "M", "L", "XL"),
    "alpha3": ("S", "M", "L"),
    "women": ("0", "2", "4", "6", "8", "10", "12", "14"),
    "kids": ("2Y", "4Y", "6Y", "8Y"),
    "baby": ("3-6M", "6-12M", "12-18M"),
    "jeans": ("28x30", "30x30", "30x32", "32x32", "34x32", "36x34"),
    "boots": ("7", "7.5", "8", "8.5", "9", "9.5", "10", "11"),
    "hats": ("S/M", "L/XL"),
    "os": ("OS",),
    "onesize": ("onesize",),
    "default": ("default",),
    "pillow": ("12x20", "20x20", "20x20 Set 4"),
    "bed": ("Twin", "Queen", "King"),
    "candle": ("4 oz", "9 oz"),
    "soap": ("100 g", "250 g"),
}

_OUTER = (
    ("Waxed Jacket", "jacket", 118, "alpha5"),
    ("Gilet", "jacket", 74, "alpha5"),
    ("Overshirt", "shirt", 58, "alpha4"),
    ("Merino Crew", "sweater", 46, "alpha4"),
    ("Merino Cardigan", "sweater", 56, "alpha4"),
    ("Flannel Shirt", "shirt", 38, "alpha4"),
    ("Chambray Shirt", "shirt", 36, "alpha4"),
    ("Wide Trouser", "trousers", 52, "alpha5"),
    ("Rain Cap", "hat", 16, "os"),
    ("Field Tote", "bag", 23, "os"),
    ("Sock, 2-pack", "sock", 9, "hats"),
    ("Beanie", "hat", 13, "os"),
)
_KNIT = (
    ("Fisherman Sweater", "sweater", 62, "alpha5"),
    ("Rollneck", "sweater", 56, "alpha4"),
    ("Fair Isle Vest", "sweater", 50, "alpha4"),
    ("Cable Beanie", "hat", 14, "os"),
    ("Fingerless Mitten", "sock", 12, "os"),
    ("Lambswool Scarf", "scarf", 22, "os"),
    ("Cable Sock", "sock", 8, "hats"),
    ("Shawl Cardigan", "sweater", 72, "alpha5"),
)
_BOOT = (
    ("Chelsea Boot", "boot", 88, "boots"),
    ("Lace Boot", "boot", 94, "boots"),
    ("Chukka", "boot", 78, "boots"),
    ("Clog", "boot", 52, "boots"),
    ("Boot Care Kit", "box", 9, "os"),
)
_DENIM = (
    ("Straight Jean", "trousers", 45, "jeans"),
    ("Tapered Jean", "trousers", 47, "jeans"),
    ("Trucker Jacket", "jacket", 62, "alpha5"),
    ("Denim Shirt", "shirt", 41, "alpha4"),
    ("Bandana", "scarf", 7, "onesize"),
)
_WOMEN = (
    ("Wrap Dress", "dress", 48, "alpha5"),
    ("Tea Dress", "dress", 52, "alpha5"),
    ("Linen Blouse", "shirt", 34, "alpha5"),
    ("Pleated Skirt", "skirt", 38, "alpha5"),
    ("Pintuck Top", "tee", 26, "alpha4"),
    ("Boxy Tee", "tee", 16, "alpha4"),
    ("Kimono", "jacket", 44, "alpha3"),
    ("Market Tote", "bag", 18, "os"),
)
_SURF = (
    ("Pocket Tee", "tee", 14, "alpha4"),
    ("Striped Tee", "tee", 17, "alpha4"),
    ("Camp Shirt", "shirt", 32, "alpha4"),
    ("Hooded Sweat", "sweater", 38, "alpha4"),
    ("Board Short", "shorts", 29, "alpha4"),
    ("Chore Coat", "jacket", 61, "alpha4"),
    ("Swim Dress", "dress", 36, "alpha4"),
)
_KIDS = (
    ("Romper", "tee", 15, "baby"),
    ("Smock Dress", "dress", 22, "kids"),
    ("Breton Tee", "tee", 13, "kids"),
    ("Corduroy Trouser", "trousers", 21, "kids"),
    ("Muslin Swaddle", "scarf", 11, "onesize"),
)
_HATS = (
    ("Felt Fedora", "hat", 34, "hats"),
    ("Straw Boater", "hat", 27, "hats"),
    ("Wool Flat Cap", "hat", 22, "hats"),
    ("Bucket Hat", "hat", 15, "onesize"),
)
_CERAMIC = (
    ("Mug", "mug", 9, "default"),
    ("Tumbler", "mug", 7, "default"),
    ("Bud Vase", "vase", 12, "default"),
    ("Serving Bowl", "bowl", 21, "default"),
    ("Dinner Plate", "plate", 11, "default"),
)
_CANDLE = (
    ("Soy Candle", "candle", 11, "candle"),
    ("Room Mist", "bottle", 9, "os"),
    ("Reed Diffuser", "bottle", 16, "os"),
    ("Wax Melt", "box", 5, "os"),
)
_PAPER = (
    ("Greeting Card", "card", 2, "os"),
    ("Notebook", "book", 7, "os"),
    ("Gift Wrap Roll", "box", 4, "os"),
    ("Wall Calendar", "card", 9, "os"),
    ("Pencil Set", "box", 5, "os"),
)
_BASKET = (
    ("Log Basket", "basket", 32, "os"),
    ("Market Basket", "basket", 24, "os"),
    ("Bread Tray", "basket", 14, "os"),
    ("Laundry Hamper", "basket", 46, "os"),
)
_LINEN = (
    ("Tea Towel", "towel", 6, "os"),
    ("Pillow Cover", "pillow", 17, "pillow"),
    ("Throw", "towel", 36, "os"),
    ("Duvet Cover", "pillow", 82, "bed"),
    ("Napkin, Set of 4", "towel", 13, "os"),
)
_BAG = (
    ("Day Pack", "bag", 41, "os"),
    ("Crossbody", "bag", 33, "os"),
    ("Pouch", "bag", 11, "os"),
    ("Weekender", "bag", 72, "os"),
)
_SOAP = (
    ("Bar Soap", "soap", 4, "soap"),
    ("Hand Wash", "bottle", 8, "os"),
    ("Hand Cream", "bottle", 7, "os"),
    ("Bath Salts", "box", 9, "os"),
)
_JEWEL = (
    ("Hoop Earrings", "ring", 14, "os"),
    ("Signet Ring", "ring", 19, "alpha3"),
    ("Pendant", "ring", 17, "os"),
)
_SOCK = (
    ("Crew Sock", "sock", 6, "hats"),
    ("Boot Sock", "sock", 8, "hats"),
    ("Slipper Sock", "sock", 10, "alpha3"),
)
_TOY = (
    ("Wooden Puzzle", "box", 9, "os"),
    ("Rag Doll", "doll", 13, "os"),
    ("Picture Book", "book", 6, "os"),
)

TRADES: dict[str, Trade] = {
    "outer": Trade(_OUTER, "earth", (2, 3), "2.1"),
    "knit": Trade(_KNIT, "earth", (2, 3), "2.2"),
    "boot": Trade(_BOOT, "leather", (1, 2), "2.0"),
    "denim": Trade(_DENIM, "denim", (1, 2), "2.2"),
    "women": Trade(_WOMEN, "soft", (2, 3), "2.3"),
    "surf": Trade(_SURF, "sea", (2, 2), "2.2"),
    "kids": Trade(_KIDS, "soft", (2, 3), "2.2"),
    "hats": Trade(_HATS, "earth", (2, 3), "2.2"),
    "ceramic": Trade(_CERAMIC, "glaze", (2, 4), "2.0"),
    "candle": Trade(_CANDLE, "scent", (3, 4), "2.2"),
    "paper": Trade(_PAPER, "print", (2, 4), "2.0"),
    "basket": Trade(_BASKET, "natural", (1, 2), "2.1"),
    "linen": Trade(_LINEN, "soft", (2, 4), "2.1"),
    "bag": Trade(_BAG, "leather", (2, 4), "2.1"),
    "soap": Trade(_SOAP, "scent", (3, 4), "2.2"),
    "jewel": Trade(_JEWEL, "metal", (2, 2), "2.5"),
    "sock": Trade(_SOCK, "earth", (2, 4), "2.0"),
    "toy": Trade(_TOY, "soft", (1, 3), "2.0"),
}


def _paints(*rows: tuple[str, str, str, str]) -> tuple[Colour, ...]:
    return tuple(Colour(*row) for row in rows)


PALETTES: dict[str, tuple[Colour, ...]] = {
    "earth": _paints(
        ("Moss", "MOS", "Green", "6b7346"),
        ("Peat", "PEA", "Brown", "5a4636"),
        ("Navy", "NVY", "Blue", "2c3a57"),
        ("Cream", "CRM", "White", "e9dfc7"),
        ("Charcoal", "CHA", "Grey", "4a4c4f"),
        ("Bottle", "BTL", "Green", "2f4f43"),
        ("Rust", "RST", "Orange", "a9552f"),
    ),
    "leather": _paints(
        ("Tan", "TAN", "Brown", "b5804d"),
        ("Oxblood", "OXB", "Red", "6b2b2e"),
        ("Black", "BLK", "Black", "2b2a2a"),
        ("Walnut", "WAL", "Brown", "6a4a34"),
    ),
    "denim": _paints(
        ("Indigo", "IND", "Blue", "2d3f66"),
        ("Washed Blue", "WSB", "Blue", "7d99bd"),
        ("Ecru", "ECR", "White", "e6dcc6"),
        ("Black", "BLK", "Black", "2b2b2e"),
    ),
    "soft": _paints(
        ("Écru", "ECR", "White", "e8dfcc"),
        ("Rose", "ROS", "Pink", "cf9a98"),
        ("Sage", "SAG", "Green", "9caa8b"),
        ("Clay", "CLY", "Orange", "b9765a"),
        ("Sky", "SKY", "Blue", "9fb8cd"),
        ("Plum", "PLM", "Purple", "6d4660"),
    ),
    "sea": _paints(
        ("Salt", "SLT", "White", "eceae1"),
        ("Kelp", "KLP", "Green", "55624a"),
        ("Tide", "TID", "Blue", "4d7f95"),
        ("Coral", "CRL", "Pink", "d9806a"),
    ),
    "glaze": _paints(
        ("Oat", "OAT", "White", "dccfb6"),
        ("Celadon", "CEL", "Green", "a4bba7"),
        ("Ink", "INK", "Blue", "33435c"),
        ("Speckle", "SPK", "Grey", "b9b3a8"),
    ),
    "scent": _paints(
        ("Fig & Fern", "FIG", "Green", "7d8a63"),
        ("Cedar Smoke", "CED", "Brown", "8a6a4f"),
        ("Sea Salt", "SEA", "Blue", "aebfc6"),
        ("Bergamot", "BRG", "Yellow", "d8bd5c"),
    ),
    "print": _paints(
        ("Botanical", "BOT", "Green", "74865b"),
        ("Terrazzo", "TRZ", "Multi", "c79a86"),
        ("Night Sky", "NGT", "Blue", "2f3b5b"),
        ("Stripe", "STR", "Multi", "b6543f"),
    ),
    "natural": _paints(
        ("Natural", "NAT", "Brown", "c8a877"),
        ("Smoked", "SMK", "Brown", "7d6248"),
    ),
    "metal": _paints(
        ("Gold", "GLD", "Yellow", "c9a24b"),
        ("Silver", "SLV", "Grey", "b4b7ba"),
    ),
}

PLACES: dict[str, tuple[str, ...]] = {
    "hill": (
        "Fellside", "Heath", "Burn", "Weir", "Cairn", "Loch", "Skerry", "Gorse", "Tarn", "Ridge",
        "Bracken", "Moor", "Linn", "Strath", "Glen", "Scree",
    ),
    "town": (
        "Hollis", "Marlow", "Aldous", "Camden", "Percy", "Orchard", "Mill Lane", "Chapel",
        "Station", "Harbour", "Foundry", "Garden", "Weaver", "Market", "Arcade", "Canal",
    ),
    "girl": (
        "Ada", "Beatrix", "Clemence", "Dora", "Edith", "Flora", "Greta", "Hester", "Iris", "Juno",
        "Kit", "Leonie", "Maud", "Nell", "Odile", "Posy",
    ),
    "coast": (
        "Point", "Cove", "Drift", "Lagoon", "Harbour", "Jetty", "Shoal", "Breaker", "Dune",
        "Spray", "Anchor", "Gull", "Pebble", "Sandbar", "Lighthouse", "Reef",
    ),
}  # fmt: skip

MAKERS: tuple[Maker, ...] = (
    Maker("tarn-thistle", "Tarn & Thistle", "TT", "outer", "048291", "long", "hill"),
    Maker("northlight", "Northlight Knitwear", "NK", "knit", "850317", "short", "hill"),
    Maker("halden", "Halden Boot", "HB", "boot", "7310045", "short", "town"),
    Maker("ferrow", "Ferrow Denim", "FD", "denim", "036414", "spr", "town"),
    Maker("brackenfold", "Brackenfold", "BF", "paper", "614822", "short", "hill"),
    Maker("ondine", "Ondine Ceramics", "OC", "ceramic", "091833", "short", "coast"),
    Maker("vetiver", "Vetiver Row", "VR", "candle", "723004", "short", "town"),
    Maker("osierworks", "Osierworks", "OW", "basket", "5012881", "short", "town"),
    Maker("saltmarsh-home", "Saltmarsh Home", "SH", "linen", "853129", "short", "coast"),
    Maker("tolliver", "Tolliver Hats", "TH", "hats", "047722", "long", "town"),
    Maker("lumen-loom", "Lumen & Loom", "LL", "linen", "860021", "short", "girl"),
    Maker("juniper-fold", "Juniper Fold", "JF", "bag", "628117", "short", "town"),
    Maker("kestrel-lane", "Kestrel Lane", "KL", "women", "195031", "short", "girl"),
    Maker("marrow-bay", "Marrow Bay", "MB", "surf", "197644", "spr", "coast"),
    Maker("pomme-grise", "Pomme Grise", "PG", "kids", "3760214", "short", "girl"),
    Maker("harrow-wick", "Harrow & Wick", "HW", "soap", "5060533", "short", "town"),
    Maker("calder", "Calder Pottery", "CP", "ceramic", "081229", "short", "hill"),
    Maker("petrel", "Petrel Socks", "PS", "sock", "744301", "short", "coast"),
    Maker("bluff-point", "Bluff Point Candle Co", "BP", "candle", "819002", "short", "coast"),
    Maker("wren", "Wren & Company", "WR", "women", "190553", "short", "girl"),
    Maker("ottoline", "Ottoline", "OT", "jewel", "612005", "short", "girl"),
    Maker("foxglove", "Foxglove Paper", "FX", "paper", "754120", "short", "hill"),
    Maker("dunmore", "Dunmore Leather", "DL", "bag", "638812", "short", "town"),
    Maker("pebble-pine", "Pebble & Pine", "PP", "toy", "850055", "short", "coast"),
    Maker("fennel", "Fennel Kitchen", "FK", "linen", "705118", "short", "town"),
    Maker("little-gull", "Little Gull", "LG", "kids", "843291", "short", "coast"),
    Maker("sable-soap", "Sable Soap", "SS", "soap", "667120", "short", "hill"),
    Maker("croft-mill", "Croft Mill", "CM", "knit", "5055410", "short", "hill"),
    Maker("rowan-goods", "Rowan Dry Goods", "RG", "surf", "877310", "short", "coast"),
)
MAKER: dict[str, Maker] = {maker.key: maker for maker in MAKERS}

DESCRIPTIONS: dict[str, str] = {
    "outer": "Cut for wet hills and cold platforms. Reproofable cotton, horn buttons.",
    "knit": "Spun and knitted in one valley from undyed and dyed British wool.",
    "boot": "Goodyear-welted on a roomy last. Resoleable for as long as you walk.",
    "denim": "Selvedge denim from a mill that still runs shuttle looms.",
    "women": "An easy shape in a cloth that washes well and needs no ironing.",
    "surf": "Garment-dyed cotton, soft from the first day.",
    "kids": "Room to grow, buttons that hold, knees that are doubled.",
    "hats": "Blocked by hand, with a grosgrain band.",
    "ceramic": "Thrown by hand; no two glazes fall alike. Dishwasher safe.",
    "candle": "Soy wax with a cotton wick. Burns clean for about forty hours.",
    "paper": "Printed with vegetable inks on recycled stock.",
    "basket": "Woven from willow grown beside the workshop.",
    "linen": "Stonewashed European flax; better with every wash.",
    "bag": "Vegetable-tanned leather and waxed canvas, brass fittings.",
    "soap": "Cold-pressed in small batches without palm oil.",
    "jewel": "Recycled metal, polished by hand, hypoallergenic.",
    "sock": "Seamless toe, ribbed cuff, dries overnight.",
    "toy": "Made to be handed down.",
}
