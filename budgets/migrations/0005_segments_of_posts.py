"""What a view last posted, by segments, and which segment each high-water mark belongs to."""

import zlib
from collections.abc import Iterator
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH_SIZE = 2_000


def hash_names(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Fill in the hash of each mark's user."""
    high_waters: Any = apps.get_model("budgets", "HighWater")._default_manager
    for rows in _batches(high_waters.select_related("end_user").only("pk", "end_user__name").order_by("pk")):
        for row in rows:
            row.name_hash = zlib.crc32(row.end_user.name.encode()) >> 1
        high_waters.bulk_update(rows, ["name_hash"])


def _batches(queryset: Any) -> Iterator[list[Any]]:
    last = 0
    while rows := list(queryset.filter(pk__gt=last)[:BATCH_SIZE]):
        yield rows
        last = rows[-1].pk


class Migration(migrations.Migration):
    """A digest for some 32 users of each view; empty is "nothing known", and is filled by the next posts."""

    dependencies = [("budgets", "0004_open_periods_in_order")]

    operations = [
        migrations.AddField(
            "view",
            "segments",
            models.BinaryField(
                default=b"",
                help_text="Digests of what it last posted, written with each change of its counts (domain.segments).",
            ),
        ),
        migrations.AddField(
            "highwater",
            "name_hash",
            models.IntegerField(default=0, help_text="Of the user's name: which segment of a post the user is in."),
            preserve_default=False,
        ),
        migrations.AddIndex("highwater", models.Index(fields=["view", "name_hash"], name="high_water_segment")),
        migrations.RunPython(hash_names, migrations.RunPython.noop),
    ]
