"""A small town for the journeys that need no crowd."""

from collections.abc import Iterator
from typing import Any

import pytest

from retailers.models import Retailer
from tests.town import Town, town_for


@pytest.fixture
def small_town(shop: Retailer, settings: Any) -> Iterator[Town]:
    """The tiny world, the POS connected and mirrored, and one brand portal."""
    with town_for(shop, settings, size="tiny") as found:
        found.connect_pos()
        found.work()
        found.connect_portal(found.some_portal())
        found.work()
        assert found.troubles() == []
        yield found
