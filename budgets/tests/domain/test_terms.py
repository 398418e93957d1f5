"""The three-way merge of terms (R4)."""

import pytest

from budgets.domain.terms import Terms, merge_terms

HANDED = Terms(10, 7)


@pytest.mark.parametrize(
    ("posted", "stored", "merged"),
    [
        pytest.param(HANDED, HANDED, HANDED, id="nobody changed anything"),
        pytest.param(HANDED, Terms(20, 7), Terms(20, 7), id="an echo leaves the admin's raise"),
        pytest.param(Terms(5, 7), HANDED, Terms(5, 7), id="the client's change applies"),
        pytest.param(Terms(5, 7), Terms(20, 7), Terms(5, 7), id="of two changes the client's comes last"),
        pytest.param(Terms(10, 1), Terms(20, 7), Terms(20, 1), id="each term is merged by itself"),
        pytest.param(Terms(None, 7), Terms(20, 7), Terms(None, 7), id="unlimited is a change"),
        pytest.param(Terms(10, None), HANDED, Terms(10, None), id="no duration is a change"),
        pytest.param(Terms(0, 7), HANDED, Terms(0, 7), id="a limit of nothing is not unlimited"),
        pytest.param(HANDED, Terms(None, None), Terms(None, None), id="an echo leaves unlimited"),
    ],
)
def test_only_what_the_poster_changed_applies(posted: Terms, stored: Terms, merged: Terms) -> None:
    assert merge_terms(base=HANDED, posted=posted, stored=stored) == merged
