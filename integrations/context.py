"""What every page shows of the outside: counts in the navigation and the health of the sync."""

from typing import Any

from django.http import HttpRequest


def nav(request: HttpRequest) -> dict[str, Any]:
    return {}
