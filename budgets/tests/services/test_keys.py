"""Writes of API keys."""

import pytest
from django.core.exceptions import ValidationError

from budgets.models import ApiKey
from budgets.services.keys import KEY_PATTERN, create_key, hash_key, note_key_used, revoke_key, rotate_key
from budgets.tests.factories import DAY, NOW, SECOND, make_project

pytestmark = pytest.mark.django_db


def new_key(label: str = "worker") -> tuple[ApiKey, str]:
    return create_key(label=label, project=make_project(), expires_at=NOW + DAY, created_by=None, now=NOW)


def test_only_the_hash_is_kept() -> None:
    api_key, secret = new_key()
    match = KEY_PATTERN.fullmatch(secret)
    assert match
    assert match["prefix"] == api_key.prefix
    row = ApiKey.objects.values().get()
    assert row["key_hash"] == hash_key(secret)
    assert secret not in str(row)


@pytest.mark.parametrize("label", ["", "x" * 101])
def test_a_label_is_needed_and_bounded(label: str) -> None:
    with pytest.raises(ValidationError):
        new_key(label)
    assert not ApiKey.objects.exists()


def test_a_revoked_key_keeps_its_first_date() -> None:
    api_key, _ = new_key()
    assert api_key.is_usable(NOW)
    revoke_key(api_key=api_key, now=NOW)
    revoke_key(api_key=api_key, now=NOW + DAY)
    assert api_key.revoked_at == NOW
    assert not api_key.is_usable(NOW)


def test_a_key_is_usable_up_to_its_expiry() -> None:
    api_key, _ = new_key()
    assert api_key.is_usable(NOW + DAY - SECOND)
    assert not api_key.is_usable(NOW + DAY)


def test_rotating_makes_a_like_key_and_revokes_the_old() -> None:
    old, old_secret = new_key()
    fresh, secret = rotate_key(api_key=old, actor=None, now=NOW + SECOND)
    assert secret != old_secret
    assert (fresh.label, fresh.project, fresh.expires_at) == (old.label, old.project, old.expires_at)
    assert fresh.is_usable(NOW + SECOND)
    assert ApiKey.objects.get(pk=old.pk).revoked_at == NOW + SECOND


def test_use_is_noted_to_the_minute() -> None:
    api_key, _ = new_key()
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        note_key_used(api_key=api_key, now=NOW + seconds * SECOND)
        api_key.refresh_from_db()
        assert api_key.last_used_at == NOW + noted * SECOND
