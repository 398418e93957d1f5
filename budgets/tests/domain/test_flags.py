"""Every flag has its words."""

from budgets.domain.flags import FLAG_TEXTS, FlagKind


def test_every_flag_says_what_was_seen_and_what_cures_it() -> None:
    assert FLAG_TEXTS.keys() == set(FlagKind)
    for text in FLAG_TEXTS.values():
        assert text.title
        assert text.seen.endswith(".")
        assert text.cure.endswith(".")
    assert len({text.title for text in FLAG_TEXTS.values()}) == len(FlagKind)


def test_a_kind_fits_its_column() -> None:
    assert all(len(kind) <= 32 for kind in FlagKind)
