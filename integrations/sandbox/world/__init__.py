"""A made-up world of shops and brands that both sandbox servers are seeded from."""

from __future__ import annotations

from integrations.sandbox.world.build import build
from integrations.sandbox.world.model import Portal, Shop, World

__all__ = ["Portal", "Shop", "World", "build"]
