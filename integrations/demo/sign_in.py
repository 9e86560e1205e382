"""The one-click sign-in of the demo; outside the demo the address does not exist."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from retailers.models import User

SALT = "demo-sign-in"
DAYS = 30


def link_for(user: User) -> str:
    """The path that signs this person in, for a month."""
    return reverse("demo-sign-in", args=[signing.dumps(user.pk, salt=SALT)])


@never_cache
@login_not_required
@require_safe
def demo_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whom the link was made for."""
    if not settings.DEMO:
        raise Http404
    try:
        pk = signing.loads(token, salt=SALT, max_age=DAYS * 86_400)
    except signing.BadSignature as error:
        raise Http404 from error
    user = get_object_or_404(User, pk=pk, is_active=True)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")
