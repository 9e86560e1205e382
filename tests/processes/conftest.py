"""A stage for each test, and a seed that can be chosen: SEED=7 pytest tests/processes."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connections

from tests.processes.stage import Stage, stage_in, use


@pytest.fixture
def seed() -> int:
    """When the kills strike; print it with a failure to see the same again."""
    return int(os.environ.get("SEED", "1"))


@pytest.fixture
def chance(seed: int) -> Random:
    return Random(seed)


@pytest.fixture
def demo_stage(
    transactional_db: Any, tmp_path: Path, settings: Any, monkeypatch: Any
) -> Iterator[Stage]:
    """The demo's world, with the 240-line order."""
    with stage_in(tmp_path, size="demo") as stage:
        use(stage, settings, monkeypatch)
        yield stage
    connections.close_all()
