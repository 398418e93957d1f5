"""A view's watch (`domain.forks`) as the JSON column that it is kept in; moments are epoch microseconds."""

from datetime import datetime
from typing import Any

from budgets.domain.periods import epoch_us, from_epoch_us
from budgets.domain.snapshots import Watch


def watch_to_json(watch: Watch) -> dict[str, Any]:
    """The watch as JSON; what says nothing is left out."""
    told = {
        "began": epoch_us(watch.began_at),
        "settled": dict(watch.settled),
        "waiting": dict(watch.waiting),
        "waiting_at": _us(watch.waiting_at),
        "upper": None if watch.upper is None else dict(watch.upper),
        "upper_at": _us(watch.upper_at),
        "lowers": [dict(line) for line in watch.lowers],
        "low_since": _us(watch.low_since),
        "fell_at": _us(watch.fell_at),
        "back_at": _us(watch.back_at),
        "times": watch.times,
    }
    return {key: value for key, value in told.items() if value or (key == "upper" and value is not None)}


def watch_from_json(told: dict[str, Any]) -> Watch:
    """The watch that was kept."""
    return Watch(
        began_at=from_epoch_us(told["began"]),
        settled=told.get("settled", {}),
        waiting=told.get("waiting", {}),
        waiting_at=_moment(told.get("waiting_at")),
        upper=told.get("upper"),
        upper_at=_moment(told.get("upper_at")),
        lowers=tuple(told.get("lowers", ())),
        low_since=_moment(told.get("low_since")),
        fell_at=_moment(told.get("fell_at")),
        back_at=_moment(told.get("back_at")),
        times=told.get("times", 0),
    )


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_us(moment)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_epoch_us(us)
