"""Who may do what at a retailer.

One table: a role holds abilities. Views ask with `@needs(Ability.X)`; templates with
`membership.can`-like tests through `abilities` in the context. A thing of another retailer is
always "not found"; a thing of one's own that the role may not touch is "forbidden".
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from retailers.models import Membership, Retailer, Role, User

P = ParamSpec("P")


class Ability(StrEnum):
    """Something a role allows."""

    LOOK = "look"
    SEE_COSTS = "see_costs"
    RECEIVE = "receive"
    BUY = "buy"
    CONNECT = "connect"
    MANAGE = "manage"


ABILITIES: dict[str, frozenset[Ability]] = {
    Role.OWNER: frozenset(Ability),
    Role.BUYER: frozenset({Ability.LOOK, Ability.SEE_COSTS, Ability.RECEIVE, Ability.BUY}),
    Role.RECEIVER: frozenset({Ability.LOOK, Ability.RECEIVE}),
    Role.VIEWER: frozenset({Ability.LOOK, Ability.SEE_COSTS}),
}


class ShopRequest(HttpRequest):
    """A request of a signed-in member, after the middleware."""

    user: User
    retailer: Retailer
    membership: Membership
    abilities: frozenset[Ability]
    htmx: Any


View = Callable[Concatenate[ShopRequest, P], HttpResponseBase]


def abilities_of(membership: Membership, *, receivers_see_costs: bool) -> frozenset[Ability]:
    """What this person may do; receivers see costs only where the shop's rule says so."""
    abilities = ABILITIES[membership.role]
    if membership.role == Role.RECEIVER and receivers_see_costs:
        abilities |= {Ability.SEE_COSTS}
    return abilities


def needs(ability: Ability) -> Callable[[View[P]], View[P]]:
    """Only for people whose role allows it; others get 403, the signed-out get the sign-in page."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: ShopRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if ability not in getattr(request, "abilities", frozenset()):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.needed_ability = ability  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return decorate
