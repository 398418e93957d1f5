"""API keys in the admin: shown once, revoked, rotated."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client

from budgets.models import ApiKey
from budgets.services.keys import create_key, hash_key
from budgets.tests.admin.conftest import NOW, MakeUser

BASE = "/admin/budgets/apikey/"


def new_key(label: str = "web") -> ApiKey:
    return create_key(label=label, project=None, expires_at=None, created_by=None, now=NOW)[0]


def secret_in(page: bytes) -> str:
    found = re.search(r'id="secret"[^>]*>([^<]+)<', page.decode())
    assert found
    return html.unescape(found[1])


def test_the_secret_is_shown_once_with_a_snippet(site: Client, make_user: MakeUser) -> None:
    project = make_user("ann").project
    response = site.post(f"{BASE}add/", {"label": "web", "project": project.pk, "expires_at_0": "", "expires_at_1": ""})
    secret = secret_in(response.content)
    key = ApiKey.objects.get()
    assert (hash_key(secret), key.project, str(key.created_by)) == (key.key_hash, project, "boss")
    page = html.unescape(response.content.decode())
    assert f'api_base="http://my-app-1:{secret}@testserver"' in page
    assert 'project_name="shop"' in page
    assert "no-store" in response["Cache-Control"]
    for path in (BASE, f"{BASE}{key.pk}/change/", f"{BASE}{key.pk}/history/", "/admin/"):
        assert secret.encode() not in site.get(path).content
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())
    assert not any(secret in entry.get_change_message() for entry in LogEntry.objects.all())


def test_an_expiry_in_the_past_is_refused(site: Client, db: None) -> None:
    data = {"label": "web", "project": "", "expires_at_0": "2020-01-01", "expires_at_1": "00:00"}
    assert "Must be in the future" in site.post(f"{BASE}add/", data).content.decode()
    assert ApiKey.objects.count() == 0


def test_revoking_asks_first(site: Client) -> None:
    key = new_key()
    site.get(f"{BASE}{key.pk}/revoke/")
    assert ApiKey.objects.get().revoked_at is None
    site.post(f"{BASE}{key.pk}/revoke/")
    assert ApiKey.objects.get().revoked_at is not None
    page = site.get(f"{BASE}{key.pk}/change/").content.decode()
    assert "Revoke…" not in page
    assert LogEntry.objects.get().get_change_message() == "Revoked: usable → revoked."


def test_rotating_shows_the_new_secret_once(site: Client) -> None:
    old = new_key()
    response = site.post(f"{BASE}{old.pk}/rotate/")
    secret = secret_in(response.content)
    old.refresh_from_db()
    fresh = ApiKey.objects.exclude(pk=old.pk).get()
    assert old.revoked_at is not None
    assert (fresh.label, fresh.key_hash) == (old.label, hash_key(secret))
    assert site.post(f"{BASE}{old.pk}/rotate/").status_code == 302
    assert ApiKey.objects.count() == 2


def test_hash_and_prefix_cannot_be_edited(site: Client) -> None:
    key = new_key()
    before = ApiKey.objects.values().get()
    form = {"label": "other", "prefix": "bk_x", "key_hash": "0" * 64}
    assert site.post(f"{BASE}{key.pk}/change/", form).status_code == 403
    assert ApiKey.objects.values().get() == before
    assert key.key_hash not in site.get(f"{BASE}{key.pk}/change/").content.decode()


@pytest.mark.parametrize("page", ["revoke", "rotate", "delete"])
def test_a_viewer_may_not_act(viewer_site: Client, page: str) -> None:
    key = new_key()
    assert viewer_site.post(f"{BASE}{key.pk}/{page}/").status_code == 403
    assert viewer_site.post(f"{BASE}add/", {"label": "x"}).status_code == 403
    key.refresh_from_db()
    assert key.revoked_at is None
    assert ApiKey.objects.count() == 1


def test_only_who_may_add_keys_may_rotate_one(site: Client, client: Client) -> None:
    api_key = new_key()
    changer = User.objects.create_user("changer", is_staff=True)
    permissions = Permission.objects.filter(codename__in=("view_apikey", "change_apikey"))
    changer.user_permissions.set(permissions)
    client.force_login(changer)
    page = f"{BASE}{api_key.pk}/rotate/"
    assert client.post(page).status_code == 403
    api_key.refresh_from_db()
    assert api_key.revoked_at is None
    assert site.get(page).status_code == 200


@pytest.mark.parametrize("query", ["?key_hash__startswith=a", f"?q={'a b ' * 600}"])
def test_odd_queries_of_the_list_are_no_way_in_and_no_failure(site: Client, query: str) -> None:
    assert site.get(BASE + query).status_code in {200, 302, 400}


def test_the_url_fills_nothing_in(site: Client) -> None:
    page = f"{BASE}add/?project={'9' * 40}&expires_at=x"
    assert site.get(page).status_code == 200
