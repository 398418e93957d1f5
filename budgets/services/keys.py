"""Writes of API keys. The secret leaves here once, as a return value, and is kept nowhere."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from budgets.models import ApiKey, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Lets secret scanners, and people, know one when they see it.
KEY_TAG = "bk"
KEY_PATTERN = re.compile(rf"(?P<prefix>{KEY_TAG}_[0-9a-f]{{10}})_[A-Za-z0-9_-]{{43}}")
# How often a key's last use is written down: not with every request.
USED_STEP = timedelta(minutes=1)


@sensitive_variables("secret")
def hash_key(secret: str) -> str:
    """The SHA-256 of a key, in hex: what the database keeps."""
    return hashlib.sha256(secret.encode()).hexdigest()


@sensitive_variables("secret")
def create_key(
    *,
    label: str,
    project: Project | None,
    expires_at: datetime | None,
    created_by: "User | None",
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key for one project or, with None, for the instance; return its row and its secret (never seen again).

    Raises ValidationError where the label is empty or too long.
    """
    prefix = f"{KEY_TAG}_{secrets.token_hex(5)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    api_key = ApiKey(
        prefix=prefix,
        key_hash=hash_key(secret),
        label=label,
        project=project,
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    api_key.full_clean()
    api_key.save()
    return api_key, secret


def revoke_key(*, api_key: ApiKey, now: datetime) -> None:
    """Close the key at `now`; one already revoked keeps its first date."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=now)
    api_key.refresh_from_db(fields=["revoked_at"])


@sensitive_variables("fresh")
def rotate_key(*, api_key: ApiKey, actor: "User | None", now: datetime) -> tuple[ApiKey, str]:
    """Replace the key: a new one with the same label, scope and expiry, and the old one revoked."""
    with transaction.atomic():
        fresh = create_key(
            label=api_key.label, project=api_key.project, expires_at=api_key.expires_at, created_by=actor, now=now
        )
        revoke_key(api_key=api_key, now=now)
    return fresh


def note_key_used(*, api_key: ApiKey, now: datetime) -> None:
    """Remember that the key was used, to the minute."""
    if api_key.last_used_at is None or now - api_key.last_used_at >= USED_STEP:
        ApiKey.objects.filter(pk=api_key.pk).update(last_used_at=now)
