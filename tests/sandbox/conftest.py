"""Sandbox servers on real sockets, one for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.nuorder.app import create_app as create_nuorder
from integrations.sandbox.xseries.app import create_app
from tests.sandbox.brand import NuOrderSandbox
from tests.sandbox.till import XSeriesSandbox
from tests.sandbox.tiny import tiny_world


@pytest.fixture
def xseries_sandbox() -> Iterator[XSeriesSandbox]:
    """An X-Series with the tiny world; waits are a hundredth of the real ones."""
    app = create_app(Store(None), build=tiny_world, size="tiny", lag_scale=0.01)
    with running(app) as url:
        yield XSeriesSandbox(url)


@pytest.fixture
def nuorder_sandbox() -> Iterator[NuOrderSandbox]:
    """A NuORDER with three brand portals and a dozen orders."""
    with running(create_nuorder(Store(None), size="tiny")) as url:
        yield NuOrderSandbox(url)
