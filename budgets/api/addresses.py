"""Where a request comes from; django-axes asks here as well (AXES_CLIENT_IP_CALLABLE)."""

from django.conf import settings
from django.http import HttpRequest

from budgets.domain.addresses import client_address


def address_of(request: HttpRequest) -> str | None:
    """The address that wrong keys and wrong passwords are counted under. X-Forwarded-For counts only where told."""
    return client_address(
        remote=str(request.META.get("REMOTE_ADDR", "")),
        forwarded_for=str(request.META.get("HTTP_X_FORWARDED_FOR", "")),
        trusted_proxies=settings.BUDGETS_TRUSTED_PROXIES,
    )
