"""What gunicorn's configuration does to a worker."""

import gc
import runpy

from budgetsite.environment import BASE_DIR


def test_the_garbage_collector_leaves_alone_what_a_worker_has_loaded() -> None:
    configuration = runpy.run_path(str(BASE_DIR / "gunicorn.conf.py"))
    usual = gc.get_threshold()
    try:
        configuration["post_worker_init"](None)
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > usual[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
