"""Health for whoever runs the server: whether the process lives, and whether it can serve."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from budgets.queries.database import missing_migrations


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and has every migration; 503 and the reason where not."""
    try:
        missing = missing_migrations()
    except DatabaseError:
        connection.close()
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    if missing:
        return JsonResponse({"status": "unavailable", "migrations": f"{missing} to apply"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "migrations": "ok"})
