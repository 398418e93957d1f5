"""Chart, table, CSV and ledger tell the same spend."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from budgets.domain.csv_cells import name_cell
from budgets.domain.posts import as_posted
from budgets.models import CostEntry, Project
from budgets.services.clients import Caller
from budgets.services.keys import create_key
from budgets.services.posts import set_budget
from budgets.services.projects import create_project
from budgets.tests.dashboard.conftest import USD, spend
from budgetsite.time_zone import COOKIE


def csv_of(site: Client, query: str) -> list[dict[str, str]]:
    response = site.get(f"/admin/spend.csv{query}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(b"".join(response).decode())))


@pytest.fixture
def posted(shop: Project) -> Project:
    """A year of posts of users and models, to the nano-USD, with a correction below zero."""
    now = timezone.now()
    api_key, _ = create_key(label="shop", project=shop, expires_at=None, created_by=None, now=now)
    costs = {f"model-{index}": 0.123456789 * (index + 1) for index in range(10)}
    users = {
        f"user {index}": {"total_budget": 100, "current_cost": sum(costs.values()), "model_cost": costs}
        for index in range(10)
    }
    for days in (0, 1, 8, 40, 200):
        caller = Caller(api_key, f"client-{days}")
        body = {f"{name} {days}": record for name, record in users.items()}
        set_budget(project=shop, caller=caller, user_dict=as_posted(body), now=now - timedelta(days=days))
    spend(shop, "user 0 0", -0.000000001, model="model-0")
    return shop


@pytest.mark.parametrize("split", ["model", "project", "user"])
@pytest.mark.parametrize("query", ["?range=7d", "?range=90d&step=week", "?range=12m", "?range=12m&step=week"])
def test_chart_table_csv_and_ledger_agree(site: Client, posted: Project, query: str, split: str) -> None:
    query += f"&split={split}"
    parts = site.get(f"/admin/{query}").context["overview"]
    window = parts["choices"].window
    ledger = CostEntry.objects.filter(recorded_at__gte=window.start, recorded_at__lt=window.end)
    total = ledger.aggregate(sum=Sum("amount_nanousd"))["sum"]
    chart, rows = parts["chart"], csv_of(site, query)
    assert parts["total"].cost_nanousd == chart.total_nanousd == total
    assert sum(Decimal(row["cost_usd"]) for row in rows) == Decimal(total) / USD
    assert sum(int(row["entries"]) for row in rows) == ledger.count()
    assert sum(entry.cost_nanousd for entry in chart.legend) == total
    drawn = [sum(values) for values in zip(*(one["values"] for one in chart.data["series"]), strict=True)]
    by_bucket = dict.fromkeys((f"{start:%Y-%m-%dT%H:%M:%SZ}" for start in window.buckets), Decimal())
    for row in rows:
        by_bucket[row["from"]] += Decimal(row["cost_usd"])
    assert drawn == pytest.approx([float(value) for value in by_bucket.values()])
    assert [row.total for row in reversed(chart.rows)] == chart.data["totals"]
    assert chart.rows[0].total == f"${drawn[-1]:.2f}"


def test_shares_of_a_bucket_make_a_hundred(site: Client, posted: Project) -> None:
    chart = site.get("/admin/?range=90d&step=week&unit=share").context["overview"]["chart"]
    drawn = [sum(values) for values in zip(*(one["values"] for one in chart.data["series"]), strict=True)]
    assert {round(value, 6) for value in drawn} == {0.0, 100.0}
    assert chart.data["series"][0]["texts"][-1].endswith(" %")


def test_every_name_is_in_the_file_and_none_is_a_formula(site: Client, shop: Project) -> None:
    names = [f"model-{index}" for index in range(12)] + ["=1+1", '"quoted", and more', "\n@", ""]
    for index, name in enumerate(names):
        spend(shop, "=ann" if index else "-bob", 0.5, model=name)
    rows = csv_of(site, "?range=24h")
    assert sorted(row["model"] for row in rows) == sorted(name_cell(name) for name in names)
    assert "=1+1" not in {row["model"] for row in rows}
    assert [row["end_user"] for row in csv_of(site, "?split=user")] == ["'-bob", "'=ann"]
    assert [row["project"] for row in csv_of(site, "?split=project")] == ["shop"]


def test_only_the_chosen_project_is_in_the_file(site: Client, shop: Project) -> None:
    other = create_project(name="other", now=timezone.now())
    spend(shop, "ann", 1, model="mine")
    spend(other, "bob", 2, model="yours")
    assert [row["model"] for row in csv_of(site, f"?project={shop.pk}")] == ["mine"]
    assert [row["model"] for row in csv_of(site, "")] == ["mine", "yours"]


def test_buckets_are_utc_in_whatever_zone_the_viewer_is(site: Client, shop: Project) -> None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in (-24 * 40, -1, 0):
        spend(shop, "ann", 1, at=midnight + timedelta(hours=hours))
    queries = ("?range=7d&step=hour", "?range=7d", "?range=90d&step=week", "?range=12m", "?split=user&range=12m")
    seen = {}
    for zone in ("UTC", "America/Los_Angeles", "Pacific/Auckland"):
        site.cookies[COOKIE] = zone
        with time_machine.travel(midnight + timedelta(hours=1), tick=False):
            charts = [site.get(f"/admin/{query}").context["overview"]["chart"] for query in queries]
            seen[zone] = [(chart.data, chart.rows) for chart in charts] + [csv_of(site, query) for query in queries]
    assert seen["UTC"] == seen["America/Los_Angeles"] == seen["Pacific/Auckland"]
