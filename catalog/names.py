"""How names are compared: without case, accents' encoding, doubled spaces or punctuation."""

import re
import unicodedata

_NOISE = re.compile(r"[\W_]+", re.UNICODE)


def name_key(text: str) -> str:
    """`"ACME LTD "` and `"Acme Ltd."` have one key; composed and decomposed É are equal.

    A name of punctuation only keeps itself, so that two such names are not one.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    key = _NOISE.sub(" ", folded).strip()
    return key or folded.strip()


def code_key(text: str) -> str:
    """Supplier codes and style numbers: letters and digits only, upper case."""
    folded = unicodedata.normalize("NFKC", text).upper()
    key = _NOISE.sub("", folded)
    return key or folded.strip()


# Attributes that shops name differently and mean alike (edge case 23): reuse, never twin.
_ALIASES = {
    "color": "colour",
    "colors": "colour",
    "colours": "colour",
    "colorway": "colour",
    "colourway": "colour",
    "farbe": "colour",
    "couleur": "colour",
    "sizes": "size",
    "taille": "size",
    "grösse": "size",
    "größe": "size",
}


def attribute_alias(name: str) -> str:
    """The one key of an attribute's many names: Color, Colour and Colours are `colour`."""
    key = name_key(name)
    return _ALIASES.get(key, key)
