"""The shop and the person's rights, for every template."""

from typing import Any

from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, Any]:
    return {
        "shop": getattr(request, "retailer", None),
        "membership": getattr(request, "membership", None),
        "abilities": getattr(request, "abilities", frozenset()),
    }
