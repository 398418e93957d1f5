"""The views of a post's users, as they are kept."""

import pytest

from budgets.services.view_lookup import PostViews, ViewName

ONE, OTHER, THIRD = ViewName("one"), ViewName("other"), ViewName("third")


@pytest.mark.parametrize(
    ("named", "others"),
    [
        ({"u": ONE}, 0),
        ({"u": ONE, "v": ViewName("one"), "w": ONE}, 0),
        ({"u": ONE, "v": OTHER, "w": ONE}, 1),
        ({"u": ONE, "v": OTHER, "w": THIRD, "x": OTHER}, 3),
    ],
)
def test_each_user_has_its_view_and_the_common_one_is_not_kept_by_user(named: dict[str, ViewName], others: int) -> None:
    views = PostViews.collect(named.items())
    assert {user: views.of(user) for user in named} == named
    assert views.all() == set(named.values())
    assert len(views.others) == others


def test_a_post_of_nobody_has_no_views() -> None:
    assert PostViews.collect([]).all() == set()
