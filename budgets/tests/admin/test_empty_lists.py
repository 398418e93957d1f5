"""Lists without rows: a fresh install, a filter and a search without a hit."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from budgets.models import EndUser
from budgets.tests.admin.conftest import MakeUser

LISTS = [f"/admin/budgets/{name}/" for name in ("enduser", "project", "apikey", "costentry", "client", "resetrun")]
ALL_LISTS = [*LISTS, "/admin/auth/user/", "/admin/auth/group/"]


def filter_queries(site: Client, path: str) -> Iterator[str]:
    """The query string of every choice of every filter of the list."""
    changelist = site.get(path).context["cl"]
    for spec in changelist.filter_specs:
        for key, _ in getattr(spec, "lookup_choices", []):
            yield f"?{spec.parameter_name}={key}"


@pytest.mark.parametrize("path", ALL_LISTS)
def test_a_list_is_shown_empty(site: Client, viewer_site: Client, path: str) -> None:
    for browser in (site, viewer_site):
        assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_every_filter_is_shown_without_a_hit(site: Client, path: str) -> None:
    for query in filter_queries(site, path):
        assert site.get(path + query).status_code == 200, query


@pytest.mark.parametrize("query", ["?q=nobody", "?limit=over&q=nobody", "?archived=yes", "?duration=365", "?project=x"])
def test_end_users_are_searched_and_filtered_without_a_hit(site: Client, make_user: MakeUser, query: str) -> None:
    make_user("ann")
    response = site.get(f"/admin/budgets/enduser/{query}")
    assert response.status_code == 200
    assert not response.context["cl"].result_list


@pytest.mark.parametrize("path", [path for path in ALL_LISTS if "resetrun" not in path and "enduser" not in path])
def test_other_lists_are_searched_without_a_hit(site: Client, make_user: MakeUser, path: str) -> None:
    make_user("ann", spent=1)
    assert site.get(f"{path}?q=nobody-at-all").status_code == 200


def test_the_filters_are_looked_at(site: Client) -> None:
    queries = list(filter_queries(site, "/admin/budgets/enduser/"))
    assert {"?limit=over", "?duration=none", "?archived=yes"} <= set(queries)


def test_an_empty_row_has_no_initial_limit(site: Client, boss: Any) -> None:
    request = RequestFactory().get("/")
    request.user = boss
    form = admin.site.get_model_admin(EndUser).get_changelist_form(request)(prefix="x")
    assert "limit" not in form.initial
