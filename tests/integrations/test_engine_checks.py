"""A deployment whose waits would not hold does not start."""

import pytest

from integrations import engine
from integrations.checks import waits_hold


@pytest.mark.parametrize(
    ("scale", "demo", "testing", "wrong"),
    [
        (1.0, False, False, []),
        (0.2, False, False, ["integrations.E001"]),
        (0.2, True, False, []),
        (0.01, True, False, ["integrations.E002"]),
        (0.01, False, True, []),
    ],
)
def test_waits_may_be_short_only_where_it_is_safe(settings, scale, demo, testing, wrong):
    settings.SYNC_TIME_SCALE, settings.DEMO, settings.TESTING = scale, demo, testing
    assert [message.id for message in waits_hold()] == wrong


@pytest.mark.parametrize("system", ["nuorder", "xseries"])
def test_every_kind_of_task_has_a_handler_that_exists(system):
    kinds = list(engine.HANDLERS) + [kind for who, kind in engine.SYSTEM_HANDLERS if who == system]
    for kind in kinds:
        assert callable(engine.handler_of(system, kind))


def test_an_unknown_kind_is_named():
    with pytest.raises(LookupError, match="haircut"):
        engine.handler_of("nuorder", "haircut")
