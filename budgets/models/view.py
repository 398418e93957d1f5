"""Views and high-water marks: what was handed to whom, and how far each has been counted (design R1, R2)."""

from django.db import models

from budgets.models.row import Row


class View(Row):
    """What one `/get_budget` answer handed to one client instance; written when the instance first posts.

    Its token is that part of its records' marks. Where records carry no mark, a view stands for the client itself
    ("client 7") or for one created_at of it ("client 7 since <epoch microseconds>"), as design R3 falls back.
    """

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="views", db_index=False)
    client = models.ForeignKey("budgets.Client", models.PROTECT, related_name="views")
    token = models.CharField(max_length=160)
    read_at = models.DateTimeField(null=True, help_text="When it was handed out; empty for an unmarked view.")
    read_roster_version = models.BigIntegerField(
        default=-1, help_text="The project's roster count when it was handed out."
    )
    first_post_at = models.DateTimeField()
    last_post_at = models.DateTimeField()
    forked_at = models.DateTimeField(null=True, help_text="When its posts showed that several processes are behind it.")
    segments = models.BinaryField(
        default=b"",
        help_text="Digests of what it last posted, written with each change of its counts (domain.segments).",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=("project", "token"), name="view_token_once_per_project")]

    def __str__(self) -> str:
        return self.token


class HighWater(Row):
    """The highest cumulative costs seen of one (view, end user, client period), and the terms it last posted.

    A client period is the record's (created_at, last_updated_at), in epoch microseconds. A manual reset keeps both, so
    `generation` tells the counts apart: the highest is the current one.
    """

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    view = models.ForeignKey(View, models.PROTECT, related_name="high_waters", db_index=False)
    end_user = models.ForeignKey("budgets.EndUser", models.PROTECT, related_name="high_waters", db_index=False)
    name_hash = models.IntegerField(help_text="Of the user's name: which segment of a post the user is in.")
    generation = models.IntegerField()
    is_marked = models.BooleanField(
        help_text="Whether the record was handed out by the server, rather than made by the client."
    )
    created_at_us = models.BigIntegerField(null=True)
    last_updated_at_us = models.BigIntegerField(null=True)
    cost_by_model = models.JSONField(default=dict, help_text="{model: nano-USD}, cumulative as posted")
    period = models.ForeignKey(
        "budgets.Period",
        models.PROTECT,
        related_name="+",
        help_text="The server's period that was open when this was last current.",
    )
    total_budget_nanousd = models.BigIntegerField(null=True)
    duration_days = models.PositiveIntegerField(null=True)
    extra_json = models.TextField(blank=True)
    digest = models.CharField(
        max_length=16, help_text="Of the record last counted; the same again carries nothing new."
    )
    opened_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True, help_text="When a post last raised it.")
    zero_until = models.DateTimeField(null=True, help_text="When spend first followed a reset; empty without one.")
    watch = models.JSONField(null=True, help_text="What tells two processes behind the view from one that resets.")
    doubtful_nanousd = models.BigIntegerField(
        default=0, help_text="How much of what was counted may have been counted before, if there are two."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("view", "end_user", "generation"), name="high_water_generation_once")
        ]
        indexes = [
            models.Index(fields=("end_user", "created_at_us")),
            models.Index(fields=("view", "name_hash"), name="high_water_segment"),
        ]

    def __str__(self) -> str:
        return f"view {self.view_id}, user {self.end_user_id}, generation {self.generation}"
