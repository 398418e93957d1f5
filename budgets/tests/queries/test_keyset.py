"""Pages by cursor: none missed and none twice, with ties and nulls, forwards and back, while rows come and go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets.models import EndUser
from budgets.queries.end_user_list import OUT_ALREADY, SORTS, listed
from budgets.queries.keyset import MAX_ID, Cursor, Keys, Sort, cursor_text, moment_of, read_cursor, read_keys
from budgets.tests.factories import DAY, HOUR, NOW, make_project, make_user, spend

pytestmark = pytest.mark.django_db
AT = NOW + 6 * HOUR
SIZE = 3


@pytest.fixture
def users() -> list[EndUser]:
    """Eleven users: ties in every order; some are unlimited, spent nothing, will run out or have run out."""
    project, other = make_project(), make_project("q")
    made = []
    for index in range(11):
        usd = (10, 3, 1, None)[index % 4]
        days = 28 if index % 4 == 2 else 1
        user = make_user(project if index % 3 else other, f"user {index % 5}-{index}", usd=usd, days=days)
        if index % 5:
            spend(user, index // 3 + 1, now=NOW + HOUR * (index // 4))
        made.append(user)
    return made


def page(sort: Sort, cursor: Cursor | None) -> Keys:
    return read_keys(listed(EndUser.objects.all(), now=AT, ordered_at=AT), sort, cursor, size=SIZE, now=AT)


def through_url(cursor: Cursor, sort: Sort) -> Cursor:
    read = read_cursor(cursor_text(cursor, sort), SORTS)
    assert read == (sort, cursor)
    return read[1]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("name", SORTS)
def test_pages_hold_every_row_once_in_order_and_lead_back(users: list[EndUser], name: str, descending: bool) -> None:
    sort = replace(SORTS[name], descending=descending)
    pages = [page(sort, None)]
    while (after := pages[-1].next) is not None:
        pages.append(page(sort, through_url(after, sort)))
    found = [pk for one in pages for pk in one.ids]
    assert [len(one.ids) for one in pages] == [3, 3, 3, 2]
    keys = dict(listed(EndUser.objects.all(), now=AT, ordered_at=AT).values_list("pk", sort.path))
    with_key = sorted((pk for pk in keys if keys[pk] is not None), key=lambda pk: (keys[pk], pk), reverse=descending)
    without = sorted((pk for pk in keys if keys[pk] is None), reverse=descending)
    assert found == with_key + without
    back = pages[-1].previous
    for before in reversed(pages[:-1]):
        assert back is not None
        again = page(sort, through_url(back, sort))
        assert again.ids == before.ids
        back = again.previous
    assert back is None


def test_rows_that_come_and_go_between_pages_shift_nothing(users: list[EndUser]) -> None:
    sort = Sort("used_ratio", float, descending=True, nullable=True)
    first = page(sort, None)
    spend(make_user(users[0].project, "the highest", usd=1, days=28), 5)
    spend(EndUser.objects.get(pk=first.ids[-1]), 8, now=AT)
    assert first.next is not None
    second = page(sort, first.next)
    assert not set(second.ids) & set(first.ids)
    make_user(users[0].project, "the lowest", days=28)
    assert second.next is not None
    third = page(sort, second.next)
    assert len(set(first.ids + second.ids + third.ids)) == 9


def test_a_page_before_that_came_short_is_the_first(users: list[EndUser]) -> None:
    sort = Sort("name", str)
    first = page(sort, None)
    second = page(sort, first.next)
    EndUser.objects.filter(pk=first.ids[0]).update(name="zzz")
    assert second.previous is not None
    assert page(sort, second.previous).ids == page(sort, None).ids


@pytest.mark.parametrize("text", ["", "3", "x" * 3000, "é", "W10", "bnVsbA"])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert read_cursor(text, SORTS) is None


@pytest.mark.parametrize("character", ["\x01", "\x7f", '"', "é", "\U0001f553"])
def test_a_cursor_beside_the_longest_name_is_read(character: str) -> None:
    longest = EndUser._meta.get_field("name").max_length or 0
    sort = Sort("name", str, descending=True)
    through_url(Cursor(character * longest, MAX_ID, False, NOW), sort)


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("\0", 1, False, NOW),
        Cursor(None, 1, False, NOW),
        Cursor(5, 1, False, NOW),
        Cursor("a", 2**70, False, NOW),
    ],
)
def test_a_cursor_that_no_page_made_is_none(cursor: Cursor) -> None:
    sort = Sort("name", str)
    assert read_cursor(cursor_text(cursor, sort), SORTS) is None


def test_the_moment_of_an_order_is_kept_but_never_one_to_come() -> None:
    sort = Sort("out_epoch", float, nullable=True)
    text = cursor_text(Cursor(1.5, 1, False, NOW), sort)
    assert moment_of(text, SORTS, now=NOW + DAY) == NOW
    assert moment_of(text, SORTS, now=NOW - timedelta(seconds=1)) == NOW - timedelta(seconds=1)
    assert moment_of("none", SORTS, now=AT) == AT


def test_who_has_run_out_is_found_without_a_forecast_of_everyone(users: list[EndUser]) -> None:
    sort = SORTS["out_epoch"]
    keys = dict(listed(EndUser.objects.all(), now=AT, ordered_at=AT).values_list("pk", sort.path))
    over = sorted(pk for pk, key in keys.items() if key == OUT_ALREADY)
    assert len(over) >= 2
    assert len({key for key in keys.values() if key is not None}) >= 3
    with CaptureQueriesContext(connection) as queries:
        first = read_keys(listed(EndUser.objects.all(), now=AT, ordered_at=AT), sort, None, size=len(over) - 1, now=AT)
    assert first.ids == over[:-1]
    # One statement, and which rows it wants is told by what an index has.
    (statement,) = queries
    assert '"used_ratio" >= 1' in statement["sql"].partition(" WHERE ")[2].replace("1.0", "1")
