"""How people get in: by invitation, with their e-mail address."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; owners invite (retailers.people)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The address the lock-out counts: from allauth's credentials, else the posted form."""
    named = (credentials or {}).get("email") or (credentials or {}).get("username")
    posted = request.POST.get("login", "") if request is not None else ""
    return str(named or posted).strip().lower()
