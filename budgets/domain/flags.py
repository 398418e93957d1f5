"""What can be odd about a client, in words, with the cure (design R3, R7)."""

from dataclasses import dataclass
from enum import StrEnum


class FlagKind(StrEnum):
    """The oddities that a client is flagged for."""

    ANONYMOUS_SPEND = "anonymous_spend"
    RESET_NOT_SAVED = "reset_not_saved"
    FORKED = "forked"
    SHARED_CLIENT_ID = "shared_client_id"
    MARK_AHEAD = "mark_ahead"


# What these clients spend is counted by the highest figure of processes that cannot be told apart.
SHARED_KINDS = frozenset({FlagKind.ANONYMOUS_SPEND, FlagKind.FORKED, FlagKind.SHARED_CLIENT_ID})


@dataclass(frozen=True, slots=True)
class FlagText:
    """A flag in words: its title, what was seen, and what to do about it."""

    title: str
    seen: str
    cure: str


FLAG_TEXTS: dict[FlagKind, FlagText] = {
    FlagKind.ANONYMOUS_SPEND: FlagText(
        title="Cannot be told apart",
        seen=(
            "Posts spend with nothing that names the process: no client id, no record read from this server, no "
            "duration. Several processes that post like this look like one, and the highest figure of them is counted."
        ),
        cure=(
            "Give each process a client id of its own: "
            'api_base="http://<client-id>:<key>@<host>", or the header X-Client-Id beside Authorization: Bearer.'
        ),
    ),
    FlagKind.RESET_NOT_SAVED: FlagText(
        title="Costs went down",
        seen=(
            "A user's costs came in lower than before and not zero, so the client was taken to have reset them and "
            "spent again. Two processes behind one view, such as workers forked after BudgetManager was built, look "
            "the same at first; once the figures have gone back and forth, that is flagged apart."
        ),
        cure=(
            "Call save_data() right after reset_cost(). In forked workers (gunicorn, Celery) build the BudgetManager "
            "after the fork, and give each process a client id of its own."
        ),
    ),
    FlagKind.FORKED: FlagText(
        title="Figures go back and forth",
        seen=(
            "Figures on one mark go back and forth, as no single process posts them: copies of one BudgetManager, in "
            "workers forked after it was built. From then on the highest figure is counted and no lower one is taken "
            "for a reset, so spend of the other copies is missing."
        ),
        cure=(
            "Build the BudgetManager after the fork: in gunicorn's post_fork, in Celery's worker_process_init, or "
            "where it is first used. Then restart the workers."
        ),
    ),
    FlagKind.SHARED_CLIENT_ID: FlagText(
        title="One client id, several processes",
        seen=(
            "Posts under this client id that carry no mark go back and forth, as no single process posts them. From "
            "then on the highest figure is counted and no lower one is taken for a reset, so spend of the others is "
            "missing."
        ),
        cure=(
            "Give each process a client id of its own, such as its host's name with its process id, and build the "
            "BudgetManager after the fork. Then restart the processes."
        ),
    ),
    FlagKind.MARK_AHEAD: FlagText(
        title="Ahead of the database",
        seen=(
            "Posts a record that was handed out at a later state than the database holds, as after restoring a backup. "
            "What is beyond the stored figures is counted."
        ),
        cure="Call load_data(), or restart the client, and compare its spend with the ledger.",
    ),
}
