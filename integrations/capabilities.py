"""What a connection may do, in words: probed and shown, never assumed."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrations.models import Connection


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing; `state` is a tag of the UI kit."""

    key: str
    text: str
    state: str
    word: str


def capabilities_of(connection: Connection) -> list[Capability]:
    """Known capabilities in a fixed order, then whatever else was probed; None is "not tried"."""
    names = _names(connection.system)
    found: dict[str, bool | None] = {
        str(key): value if isinstance(value, bool) else None
        for key, value in connection.capabilities.items()
    }
    for scope in connection.scopes.split():
        found.setdefault(scope, True)
    if connection.scopes:
        # Lightspeed says what it granted, so what is missing from the list is not allowed.
        for key in names:
            found.setdefault(key, False)
    keys = [*names, *(key for key in sorted(found) if key not in names)]
    return [
        _capability(key, names.get(key, key), found.get(key))
        for key in keys
        if key in names or connection.system == Connection.System.NUORDER
    ]


def _capability(key: str, text: str, may: bool | None) -> Capability:
    state, word = {
        True: ("sure", _("yes")),
        False: ("skip", _("not allowed")),
        None: ("unknown", _("not tried yet")),
    }[may]
    return Capability(key, text, state, word)


def _names(system: str) -> dict[str, str]:
    if system == Connection.System.XSERIES:
        return {
            "products:read": _("Read products"),
            "products:write": _("Write products"),
            "suppliers:write": _("Write suppliers"),
            "consignments:write:stock_order": _("Write purchase orders and receipts"),
            "inventory:read": _("Read stock"),
            "products:read:costs": _("Read costs"),
            "webhooks": _("Hear of changes at once"),
        }
    return {
        "orders:read": _("Read orders"),
        "products:read": _("Read products"),
        "inventory:read": _("Read supplier stock"),
        "orders:create": _("Send reorders"),
    }
