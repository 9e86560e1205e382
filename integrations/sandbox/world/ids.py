"""Identifiers and random streams that depend on names, never on the order of work.

Every id is a hash of what it identifies, and every part of the world draws from its own random
stream, so adding one product or one order moves nothing else.
"""

from __future__ import annotations

import hashlib
from random import Random


def digest(*parts: object) -> str:
    """Forty hex digits that stand for `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def object_id(*parts: object) -> str:
    """A 24-digit hex id, the shape NuORDER uses for `_id`."""
    return digest("oid", *parts)[:24]


def uuid_text(*parts: object) -> str:
    """A UUID-shaped id, the shape X-Series uses."""
    text = digest("uuid", *parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def secret(*parts: object, length: int = 24) -> str:
    """Letters and digits for a key, token or secret; `length` up to 80."""
    return (digest("secret", *parts) + digest("secret2", *parts))[:length]


def stream(seed: int, *parts: object) -> Random:
    """The random numbers that belong to `parts` alone."""
    return Random(digest(seed, *parts))
