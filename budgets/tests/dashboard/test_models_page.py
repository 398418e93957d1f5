"""The page of models."""

from datetime import timedelta
from html import escape
from urllib.parse import unquote_plus

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from budgets.dashboard import models_page
from budgets.domain.posts import as_posted
from budgets.models import Project
from budgets.services.posts import set_budget
from budgets.tests.dashboard.conftest import USD, spend
from budgets.tests.factories import make_caller
from budgets.tests.harness.nasty_names import BREAKERS

PAGE = "/admin/models/"


def test_a_model_has_its_spend_users_entries_and_list_price(site: Client, shop: Project) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    for name, amount in (("ann", 1), ("bob", 2)):
        spend(shop, name, amount, model="gpt-4o", at=hour_ago)
    spend(shop, "ann", 1, model="of-our-own", at=hour_ago)
    spend(shop, "ann", 1, model="gpt-4o", at=hour_ago - timedelta(days=8))
    page = site.get(f"{PAGE}?range=7d").context["models_page"]
    first, second = page["rows"]
    assert (first.row.name, first.row.spend.cost_nanousd, first.row.percent) == ("gpt-4o", 3 * USD, 75.0)
    assert (first.users, first.row.spend.entries, first.per_entry_nanousd) == (2, 2, 3 * USD // 2)
    assert first.row.trend.short == "+200 %"
    assert (first.price.input_nanousd, first.price.output_nanousd) == (2_500_000_000, 10 * USD)
    assert (second.users, second.price, second.row.trend.short) == (1, None, "new")
    assert len(first.spark.bars) == 1
    html = site.get(f"{PAGE}?range=7d").content.decode()
    assert "unknown to litellm" in html
    assert "$2.50" in html


def test_the_models_beyond_the_table_are_one_line(site: Client, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models_page, "MAX_MODELS", 9)
    for index in range(12):
        spend(shop, "ann", 1, model=f"model-{index:02}")
    page = site.get(PAGE).context["models_page"]
    assert [line.row.name for line in page["rows"]][-2:] == ["model-08", "other models"]
    assert (page["rows"][-1].row.spend.cost_nanousd, page["rows"][-1].users) == (3 * USD, None)
    assert len(page["chart"].legend) == 9
    # A line has its model's colour in the chart, where the last two are one with the rest.
    charted = [entry.color for entry in page["chart"].legend]
    assert [line.row.color for line in page["rows"]] == [*charted[:8], "other", "other"]
    assert page["chart"].total_nanousd == 12 * USD == sum(line.row.spend.cost_nanousd for line in page["rows"])


def test_a_hostile_name_is_text_and_leads_to_its_entries(site: Client, shop: Project) -> None:
    for name in BREAKERS:
        spend(shop, "ann", 1, model=name)
    response = site.get(PAGE)
    html = response.content.decode()
    for line in response.context["models_page"]["rows"]:
        if line.row.model:
            assert escape(line.row.name) in html or line.row.name in html
            assert line.row.model.split("<")[0] in unquote_plus(line.row.url)
            assert site.get(line.row.url).context["cl"].result_list.count() == 1
    assert "<script>alert" not in html


def test_an_empty_range_says_so(site: Client, shop: Project) -> None:
    assert "No spend in 24 hours" in site.get(f"{PAGE}?range=24h").content.decode()


def test_one_who_may_not_see_spend_is_refused(shop: Project) -> None:
    spend(shop, "ann", 1)
    stranger = User.objects.create_user("nobody", password="x", is_staff=True)
    site = Client()
    site.force_login(stranger)
    for page in (PAGE, "/admin/spend.csv"):
        assert site.get(page).status_code == 403
    assert PAGE not in site.get("/admin/").content.decode()
    stranger.user_permissions.set(Permission.objects.filter(codename__in=("view_costentry", "view_enduser")))
    assert PAGE in site.get("/admin/").content.decode()
    for page in (PAGE, "/admin/spend.csv"):
        assert site.get(page).status_code == 200


@pytest.mark.parametrize("count", [3, 300])
def test_the_number_of_queries_does_not_grow(
    site: Client, shop: Project, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    users = {
        f"user {index}": {"total_budget": 10, "current_cost": 1, "model_cost": {f"model {index}": 1}}
        for index in range(count)
    }
    set_budget(project=shop, caller=make_caller(shop), user_dict=as_posted(users), now=timezone.now())
    with django_assert_num_queries(11):
        site.get(PAGE)
