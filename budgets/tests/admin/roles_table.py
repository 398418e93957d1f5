"""The table of roles: every page and act of the admin, and what it answers to each login.

A cell is the status of the answer. LOGIN leads to the login page; OUT to the dashboard, as for a row that is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from budgets.models import EndUser
from budgets.tests.admin.roles_world import COLUMNS, PASSWORD, Side, World

LOGIN, OUT = "login", "out"
Cell = int | str
Data = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One page or act: its URL's name and arguments, what is posted, and an answer for each column."""

    page: str
    cells: tuple[Cell, ...]
    args: Callable[[World, Side], tuple[Any, ...]] = lambda _world, _side: ()
    query: Callable[[World, Side], str] = lambda _world, _side: ""
    data: Callable[[World, Side, str], Data] | None = None
    # The columns for which the write goes through.
    writes: tuple[str, ...] = ()
    # Beside the page's name, where a page has several acts.
    act: str = ""
    # Whether it is about a project's rows, and so has a twin in the other project.
    of_project: bool = True

    def url(self, world: World, side: Side) -> str:
        page = self.page if ":" in self.page else f"admin:{self.page}"
        return reverse(page, args=self.args(world, side)) + self.query(world, side)

    def cell(self, column: str) -> Cell:
        return self.cells[COLUMNS.index(column)]


def pk(name: str) -> Callable[[World, Side], tuple[Any, ...]]:
    """The id of that row of the side, or of the world."""
    return lambda world, side: (getattr(side if hasattr(side, name) else world, name).pk,)


def post(**values: Any) -> Callable[[World, Side, str], Data]:
    return lambda _world, _side, _column: values


# fmt: off
#                                          anonymous stranger viewer manager owner other boss
EVERYBODY: tuple[Cell, ...]             = (LOGIN,    200,     200,   200,    200,  200,  200)
NOBODY: tuple[Cell, ...]                = (LOGIN,    403,     403,   403,    403,  403,  403)
BOSS: tuple[Cell, ...]                  = (LOGIN,    403,     403,   403,    403,  403,  200)
BOSS_HISTORY: tuple[Cell, ...]          = (LOGIN,    OUT,     OUT,   OUT,    OUT,  OUT,  200)
MEMBERS_LIST: tuple[Cell, ...]          = (LOGIN,    403,     200,   200,    200,  200,  200)
MEMBERS_ROW: tuple[Cell, ...]           = (LOGIN,    403,     200,   200,    200,  OUT,  200)
MEMBERS_HISTORY: tuple[Cell, ...]       = (LOGIN,    OUT,     200,   200,    200,  OUT,  200)
MEMBERS_FILE: tuple[Cell, ...]          = (LOGIN,    403,     200,   200,    200,  404,  200)
MANAGERS_ADD: tuple[Cell, ...]          = (LOGIN,    403,     403,   200,    200,  200,  200)
MANAGERS_ACT: tuple[Cell, ...]          = (LOGIN,    403,     403,   200,    200,  404,  200)
OWNERS_LIST: tuple[Cell, ...]           = (LOGIN,    403,     403,   403,    200,  200,  200)
OWNERS_ROW: tuple[Cell, ...]            = (LOGIN,    403,     403,   403,    200,  OUT,  200)
OWNERS_HISTORY: tuple[Cell, ...]        = (LOGIN,    OUT,     OUT,   OUT,    200,  OUT,  200)
OWNERS_ACT: tuple[Cell, ...]            = (LOGIN,    403,     403,   403,    200,  404,  200)


PAGES = [
    # --- The frame ---
    Row("index",                            EVERYBODY),
    Row("index",                            EVERYBODY, query=lambda _w, s: f"?project={s.project.pk}&range=24h"),
    Row("dashboard:models",                 MEMBERS_LIST),
    Row("dashboard:models",                 MEMBERS_LIST,    query=lambda _w, s: f"?project={s.project.pk}"),
    Row("dashboard:spend_csv",              MEMBERS_LIST,    query=lambda _w, _s: "?split=user"),
    Row("dashboard:spend_csv",              MEMBERS_LIST,    query=lambda _w, s: f"?project={s.project.pk}&split=user"),
    Row("app_list",                         (LOGIN, 404, 200, 200, 200, 200, 200), args=lambda _w, _s: ("budgets",)),
    Row("app_list",                         (LOGIN, 404, 404, 404, 200, 200, 200), args=lambda _w, _s: ("admin",)),
    Row("app_list",                         (LOGIN, 404, 404, 404, 404, 404, 200), args=lambda _w, _s: ("auth",)),
    Row("app_list",                         (LOGIN, 404, 404, 404, 404, 404, 200), args=lambda _w, _s: ("axes",)),
    Row("search",                           EVERYBODY, query=lambda _w, _s: "?s=a&extended=1"),
    Row("jsi18n",                           EVERYBODY),
    Row("login",                            (200, 302, 302, 302, 302, 302, 302)),
    Row("logout",                           (OUT, 405, 405, 405, 405, 405, 405)),
    Row("password_change",                  EVERYBODY),
    Row("password_change_done",             EVERYBODY),
    Row("view_on_site",                     (LOGIN, 404, 404, 404, 404, 404, 404),
        args=lambda _w, s: (ContentType.objects.get_for_model(EndUser).pk, s.user.pk)),
    Row("autocomplete",                     MEMBERS_LIST,
        query=lambda _w, _s: "?app_label=budgets&model_name=enduser&field_name=project&term="),
    Row("autocomplete",                     MEMBERS_LIST,
        query=lambda _w, _s: "?app_label=budgets&model_name=period&field_name=end_user&term=a"),
    Row("autocomplete",                     BOSS,
        query=lambda _w, _s: "?app_label=budgets&model_name=apikey&field_name=created_by&term="),
    Row("autocomplete",                     OWNERS_LIST,
        query=lambda _w, _s: "?app_label=budgets&model_name=client&field_name=api_key&term="),

    # --- End users ---
    Row("budgets_enduser_changelist",       MEMBERS_LIST),
    Row("budgets_enduser_add",              MANAGERS_ADD),
    Row("budgets_enduser_change",           MEMBERS_ROW,     args=pk("user")),
    Row("budgets_enduser_change",           MEMBERS_ROW,     args=pk("user"),
        query=lambda _w, _s: "?_to_field=id&_popup=1"),
    Row("budgets_enduser_history",          MEMBERS_HISTORY, args=pk("user")),
    Row("budgets_enduser_delete",           NOBODY,          args=pk("user")),
    Row("budgets_enduser_burn_down",        MEMBERS_FILE,    args=pk("user")),
    Row("budgets_enduser_reset",            MANAGERS_ACT,    args=pk("user")),
    Row("budgets_enduser_adjust",           MANAGERS_ACT,    args=pk("user")),
    Row("budgets_enduser_archive",          MANAGERS_ACT,    args=pk("user")),
    Row("budgets_enduser_restore",          MANAGERS_ACT,    args=pk("archived")),

    # --- Ledger and clients ---
    Row("budgets_costentry_changelist",     MEMBERS_LIST),
    Row("budgets_costentry_changelist",     MEMBERS_LIST,    query=lambda _w, s: f"?end_user__id__exact={s.user.pk}"),
    Row("budgets_costentry_add",            NOBODY),
    Row("budgets_costentry_change",         MEMBERS_ROW,     args=pk("entry")),
    Row("budgets_costentry_history",        MEMBERS_HISTORY, args=pk("entry")),
    Row("budgets_costentry_delete",         NOBODY,          args=pk("entry")),
    Row("budgets_client_changelist",        MEMBERS_LIST),
    Row("budgets_client_add",               NOBODY),
    Row("budgets_client_change",            MEMBERS_ROW,     args=pk("client")),
    Row("budgets_client_history",           MEMBERS_HISTORY, args=pk("client")),
    Row("budgets_client_delete",            NOBODY,          args=pk("client")),
    Row("budgets_client_dismiss",           MANAGERS_ACT,    args=lambda _w, s: (s.client.pk, s.flag.pk)),

    # --- Projects, keys, members ---
    Row("budgets_project_changelist",       MEMBERS_LIST),
    Row("budgets_project_add",              BOSS),
    Row("budgets_project_change",           MEMBERS_ROW,     args=pk("project")),
    Row("budgets_project_history",          MEMBERS_HISTORY, args=pk("project")),
    Row("budgets_project_delete",           NOBODY,          args=pk("project")),
    Row("budgets_apikey_changelist",        OWNERS_LIST),
    Row("budgets_apikey_add",               OWNERS_LIST),
    Row("budgets_apikey_change",            OWNERS_ROW,      args=pk("key")),
    Row("budgets_apikey_history",           OWNERS_HISTORY,  args=pk("key")),
    Row("budgets_apikey_delete",            NOBODY,          args=pk("key")),
    Row("budgets_apikey_revoke",            OWNERS_ACT,      args=pk("key")),
    Row("budgets_apikey_rotate",            OWNERS_ACT,      args=pk("key")),
    Row("budgets_membership_changelist",    OWNERS_LIST),
    Row("budgets_membership_add",           OWNERS_LIST,     query=lambda _w, s: f"?project={s.project.pk}"),
    Row("budgets_membership_change",        OWNERS_ROW,      args=pk("member")),
    Row("budgets_membership_history",       OWNERS_HISTORY,  args=pk("member")),
    Row("budgets_membership_delete",        NOBODY,          args=pk("member")),
    Row("budgets_membership_remove",        OWNERS_ACT,      args=pk("member")),

    # --- The audit trail ---
    Row("admin_logentry_changelist",        OWNERS_LIST),
    Row("admin_logentry_add",               NOBODY),
    Row("admin_logentry_change",            OWNERS_ROW,      args=pk("log")),
    Row("admin_logentry_history",           OWNERS_HISTORY,  args=pk("log")),
    Row("admin_logentry_delete",            NOBODY,          args=pk("log")),

    # --- The instance ---
    Row("budgets_apikey_change",            (LOGIN, 403, 403, 403, OUT, OUT, 200), args=pk("instance_key"),
        of_project=False),
    Row("budgets_apikey_history",           BOSS_HISTORY,    args=pk("instance_key"), of_project=False),
    Row("budgets_apikey_revoke",            (LOGIN, 403, 403, 403, 404, 404, 200), args=pk("instance_key"),
        of_project=False),
    Row("budgets_apikey_rotate",            (LOGIN, 403, 403, 403, 404, 404, 200), args=pk("instance_key"),
        of_project=False),
    Row("instance:health",                  BOSS),
    Row("instance:run_resets",              (LOGIN, 405, 405, 405, 405, 405, 405)),
    Row("instance:check_ledger",            (LOGIN, 405, 405, 405, 405, 405, 405)),
    Row("budgets_resetrun_changelist",      BOSS),
    Row("budgets_resetrun_add",             NOBODY),
    Row("budgets_resetrun_change",          BOSS,            args=pk("run"), of_project=False),
    Row("budgets_resetrun_history",         BOSS_HISTORY,    args=pk("run"), of_project=False),
    Row("budgets_resetrun_delete",          NOBODY,          args=pk("run"), of_project=False),
    Row("auth_user_changelist",             BOSS),
    Row("auth_user_add",                    BOSS),
    Row("auth_user_change",                 BOSS,            args=pk("person"), of_project=False),
    Row("auth_user_history",                BOSS,            args=pk("person"), of_project=False),
    Row("auth_user_delete",                 NOBODY,          args=pk("person"), of_project=False),
    Row("auth_user_password_change",        BOSS,            args=pk("person"), of_project=False),
    Row("auth_group_changelist",            BOSS),
    Row("auth_group_add",                   BOSS),
    Row("auth_group_change",                BOSS,            args=pk("group"), of_project=False),
    Row("auth_group_history",               BOSS,            args=pk("group"), of_project=False),
    Row("auth_group_delete",                BOSS,            args=pk("group"), of_project=False),
    Row("axes_accesslog_changelist",        BOSS),
    Row("axes_accesslog_add",               NOBODY),
    Row("axes_accesslog_change",            BOSS,            args=pk("sign_in"), of_project=False),
    Row("axes_accesslog_history",           BOSS_HISTORY,    args=pk("sign_in"), of_project=False),
    Row("axes_accesslog_delete",            NOBODY,          args=pk("sign_in"), of_project=False),
    Row("axes_accessattempt_changelist",    BOSS),
    Row("axes_accessattempt_add",           NOBODY),
    Row("axes_accessattempt_change",        BOSS,            args=pk("failed"), of_project=False),
    Row("axes_accessattempt_history",       BOSS_HISTORY,    args=pk("failed"), of_project=False),
    Row("axes_accessattempt_delete",        NOBODY,          args=pk("failed"), of_project=False),
]


def bulk(action: str, user: str, **more: str) -> Callable[[World, Side, str], Data]:
    chosen = {"action": action, "confirmed": "yes"} | more
    return lambda _w, side, _c: chosen | {"_selected_action": getattr(side, user).pk}


def edited_limit(_world: World, side: Side, _column: str) -> Data:
    return {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": side.user.pk,
        "initial-form-0-limit": "1.00", "form-0-limit": "99",
    }


def own_password(_world: World, _side: Side, _column: str) -> Data:
    return {"old_password": PASSWORD, "new_password1": "another passphrase", "new_password2": "another passphrase"}


def login_form(world: World, _side: Side, _column: str) -> Data:
    """What would make a superuser of the login."""
    return {
        "username": world.person.username, "is_active": "on", "is_staff": "on", "is_superuser": "on",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00",
    }


NEW_PASSWORD = {"password1": "a long passphrase", "password2": "a long passphrase", "usable_password": "true"}
MANAGERS = ("manager", "owner", "boss")
OWNERS = ("owner", "boss")
#                                    anonymous stranger viewer manager owner other boss
ACTS = [
    Row("budgets_enduser_add",              (LOGIN, 403, 403, 302, 302, 200, 302), writes=MANAGERS,
        data=lambda _w, s, _c: {"project": s.project.pk, "name": "new", "limit": "5", "duration": ""}),
    Row("budgets_enduser_change",           (LOGIN, 403, 403, 302, 302, OUT, 302), writes=MANAGERS, args=pk("user"),
        data=post(**{"limit": "7", "initial-limit": "1.00", "duration": "", "initial-duration": "daily"})),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 403, 302), writes=MANAGERS, act="edit",
        data=edited_limit),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="reset_selected", data=bulk("reset_selected", "user", reason="x")),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="archive_selected", data=bulk("archive_selected", "user")),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="restore_selected", data=bulk("restore_selected", "archived"), query=lambda _w, _s: "?archived=yes"),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="set_limit_selected", data=bulk("set_limit_selected", "user", limit="77")),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="scale_limit_selected", data=bulk("scale_limit_selected", "user", percent="25")),
    Row("budgets_enduser_changelist",       (LOGIN, 403, 200, 302, 302, 302, 302), writes=MANAGERS,
        act="set_duration_selected", data=bulk("set_duration_selected", "user", duration="14")),
    Row("budgets_enduser_reset",            (LOGIN, 403, 403, 302, 302, 404, 302), writes=MANAGERS, args=pk("user"),
        data=post(reason="x")),
    Row("budgets_enduser_adjust",           (LOGIN, 403, 403, 302, 302, 404, 302), writes=MANAGERS, args=pk("user"),
        data=post(amount="1", model="m", reason="x")),
    Row("budgets_enduser_archive",          (LOGIN, 403, 403, 302, 302, 404, 302), writes=MANAGERS, args=pk("user"),
        data=post()),
    Row("budgets_enduser_restore",          (LOGIN, 403, 403, 302, 302, 404, 302), writes=MANAGERS, args=pk("archived"),
        data=post()),
    Row("budgets_client_dismiss",           (LOGIN, 403, 403, 302, 302, 404, 302), writes=MANAGERS,
        args=lambda _w, s: (s.client.pk, s.flag.pk), data=post()),
    Row("budgets_project_add",              (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",),
        data=post(name="new")),
    Row("budgets_project_change",           NOBODY, args=pk("project"), data=post(name="renamed")),
    Row("budgets_apikey_add",               (LOGIN, 403, 403, 403, 200, 200, 200), writes=OWNERS,
        data=lambda _w, s, _c: {"label": "new", "project": s.project.pk, "expires_at_0": "", "expires_at_1": ""}),
    Row("budgets_apikey_add",               (LOGIN, 403, 403, 403, 200, 200, 200), writes=("boss",), act="instance",
        data=post(label="new", project="", expires_at_0="", expires_at_1=""), of_project=False),
    Row("budgets_apikey_change",            NOBODY, args=pk("key"), data=post(label="renamed")),
    Row("budgets_apikey_revoke",            (LOGIN, 403, 403, 403, 302, 404, 302), writes=OWNERS, args=pk("key"),
        data=post()),
    Row("budgets_apikey_rotate",            (LOGIN, 403, 403, 403, 200, 404, 200), writes=OWNERS, args=pk("key"),
        data=post()),
    Row("budgets_apikey_revoke",            (LOGIN, 403, 403, 403, 404, 404, 302), writes=("boss",),
        args=pk("instance_key"), data=post(), of_project=False),
    Row("budgets_apikey_rotate",            (LOGIN, 403, 403, 403, 404, 404, 200), writes=("boss",),
        args=pk("instance_key"), data=post(), of_project=False),
    Row("budgets_membership_add",           (LOGIN, 403, 403, 403, 302, 200, 302), writes=OWNERS,
        data=lambda _w, s, _c: {"project": s.project.pk, "username": "stranger", "role": "owner"}),
    Row("budgets_membership_change",        (LOGIN, 403, 403, 403, 302, OUT, 302), writes=OWNERS, args=pk("member"),
        data=post(role="owner")),
    Row("budgets_membership_remove",        (LOGIN, 403, 403, 403, 302, 404, 302), writes=OWNERS, args=pk("member"),
        data=post()),
    Row("password_change",                  (LOGIN, 302, 302, 302, 302, 302, 302), data=own_password, of_project=False,
        writes=("stranger", "viewer", "manager", "owner", "other", "boss")),
    Row("auth_user_add",                    (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), of_project=False,
        data=post(username="new", **NEW_PASSWORD)),
    Row("auth_user_change",                 (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), args=pk("person"),
        data=login_form, of_project=False),
    Row("auth_user_password_change",        (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), args=pk("person"),
        data=post(**NEW_PASSWORD), of_project=False),
    Row("instance:run_resets",              (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), of_project=False,
        data=post()),
    Row("instance:check_ledger",            (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), of_project=False,
        data=post()),
    Row("auth_group_add",                   (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), of_project=False,
        data=post(name="new")),
    Row("auth_group_change",                (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), args=pk("group"),
        data=post(name="renamed"), of_project=False),
    Row("auth_group_delete",                (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",), args=pk("group"),
        data=post(post="yes"), of_project=False),
    Row("auth_group_changelist",            (LOGIN, 403, 403, 403, 403, 403, 302), writes=("boss",),
        data=lambda w, _s, _c: {"action": "delete_selected", "post": "yes", "_selected_action": w.group.pk},
        act="delete_selected", of_project=False),
]
# fmt: on
