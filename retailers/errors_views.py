"""Error pages of our own: what happened, and the way out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's secret is missing or old: most often a page left open over a sign-out."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
