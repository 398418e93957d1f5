"""What a preview shows of the selected users, and what it carries to the confirmation."""

import pytest
from django.test import RequestFactory

from budgets.admin.end_user_preview import FIGURES, SHOWN, as_shown, counted, figures, is_as_shown, shown_by_id
from budgets.domain.terms import Terms
from budgets.models import EndUser
from budgets.models.end_user import ChangeSource
from budgets.queries.end_users import with_usage
from budgets.services.budgets import change_terms
from budgets.tests.factories import NOW, make_project, make_user, nanousd, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    spend(make_user(make_project(), usd=10, days=28), 1)
    return read()


def read() -> EndUser:
    return with_usage(EndUser.objects.select_related("budget"), now=NOW).get()


def test_the_figure_that_is_shown_before_and_after_is_not_shown_a_third_time(user: EndUser) -> None:
    assert [len(figures(user, without=head)) for head in (*FIGURES, "")] == [2, 2, 2, 3]
    assert figures(user, without="Limit")[0] == "$1.00"


def test_terms_that_have_changed_since_the_preview_are_noticed(user: EndUser) -> None:
    request = RequestFactory().post("/", {SHOWN: [text for name, text in as_shown([user]) if name == SHOWN]})
    shown = shown_by_id(request, SHOWN)
    assert is_as_shown(user, shown)
    change_terms(end_user=user, terms=Terms(nanousd(20), 28), source=ChangeSource.ADMIN, actor=None, reason="", now=NOW)
    assert not is_as_shown(read(), shown)


def test_one_user_is_no_users(user: EndUser) -> None:
    assert (counted([user]), counted([user, user])) == ("1 end user", "2 end users")
