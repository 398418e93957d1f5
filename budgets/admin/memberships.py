"""Members: which login has which role in which project."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from budgets.admin.base import SiteModelAdmin, is_superuser, now, now_of
from budgets.admin.columns import moment, name_cell
from budgets.admin.filters import ProjectFilter
from budgets.admin.typed import AnyModelAdmin, DropdownFilter, ModelForm
from budgets.domain.direction import apart, isolated
from budgets.domain.roles import Role
from budgets.domain.row_ids import is_row_id
from budgets.models import Membership
from budgets.models.membership import ROLE_CHOICES
from budgets.queries.members import find_login
from budgets.services.members import LastOwnerError, change_role, give_role, remove_member

LAST_OWNER = "This is the project's last owner. Make another member one first; only a superuser may do without."
NO_SUCH_LOGIN = "No login of exactly this name can sign in here. A superuser makes logins."
ROLE_HELP = "viewer: looks. manager: also edits budgets, resets, adjusts. owner: also keys, members and audit trail."


class RoleFilter(DropdownFilter):
    """Members by role."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Any:
        """The roles."""
        return ROLE_CHOICES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """The members with that role."""
        return queryset.filter(role=self.value()) if self.value() in list(Role) else queryset


class AddMemberForm(ModelForm[Membership]):
    """A role for a login there is; its name is typed, for a list would tell every login's."""

    username = forms.CharField(
        max_length=150,
        label="Login",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="The user name, exactly.",
    )

    class Meta:
        """Where, and as what."""

        model = Membership
        fields = ("project", "role")
        help_texts = {"role": ROLE_HELP}

    def clean(self) -> dict[str, Any]:
        """The login behind the name, which must not be a member yet."""
        super().clean()
        values = self.cleaned_data
        if "username" not in values or "project" not in values:
            return values
        login = find_login(username=values["username"])
        if login is None:
            self.add_error("username", NO_SUCH_LOGIN)
        elif Membership.objects.filter(project=values["project"], login=login).exists():
            self.add_error("username", "Is a member of this project already.")
        else:
            self.instance.login = login
        return values


class ChangeRoleForm(ModelForm[Membership]):
    """Another role for a member."""

    class Meta:
        """The role alone."""

        model = Membership
        fields = ("role",)
        help_texts = {"role": ROLE_HELP}


@admin.register(Membership)
class MembershipAdmin(SiteModelAdmin[Membership]):
    """Members by project, managed by its owners and by superusers."""

    list_display = ("member", "project_name", "role", "given")
    list_filter = (ProjectFilter, RoleFilter)
    list_select_related = ("login", "project")
    search_fields = ("login__username",)
    search_help_text = "Search by login"
    ordering = ("project__name", "login__username")
    change_form_outer_before_template = "admin/budgets/membership_actions.html"

    def get_form(self, request: HttpRequest, obj: Membership | None = None, change: bool = False, **kwargs: Any) -> Any:
        """All that a new member needs, or the role."""
        kwargs["form"] = ChangeRoleForm if obj else AddMemberForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        """The fields of that form."""
        return ("member", "project_name", "role", "given") if obj else ("project", "username", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        """Who and where stay."""
        return ("member", "project_name", "given") if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """The project that a link names, if it is a number."""
        wanted = request.GET.get("project", "")
        return {"project": wanted} if is_row_id(wanted) else {}

    def get_urls(self) -> list[URLPattern]:
        """One page more per member."""
        return [self.subpath("remove", self.remove_view, "remove"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The way to remove the member."""
        member = kwargs.get("obj")
        context |= {"show_save_and_add_another": False}
        if isinstance(member, Membership):
            context |= {"removable": member if self.has_change_permission(request, member) else None}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Writes ---

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one member; a project is not left without an owner by accident."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LastOwnerError:
            self.message_user(request, LAST_OWNER, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:
        """Give or change the role through the services."""
        role = Role(form.cleaned_data["role"])
        if change:
            # What the log calls "before" is what was stored under the lock.
            form.initial["role"] = change_role(membership=obj, role=role, may_leave_ownerless=is_superuser(request))
            return
        made = give_role(project=obj.project, login=obj.login, role=role, now=now_of(request))
        obj.pk, obj.given_at = made.pk, made.given_at
        obj._state.adding = False

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then end the membership."""
        member = self.changeable(request, pk)
        name, project = apart(str(member.login)), apart(str(member.project))
        if request.method == "POST":
            try:
                with transaction.atomic():
                    self.log_removal(request, member, self.words(member, member.role, "none"))
                    remove_member(membership=member, may_leave_ownerless=is_superuser(request))
            except LastOwnerError:
                self.message_user(request, LAST_OWNER, messages.ERROR)
                return HttpResponseRedirect(self.page_url("change", pk))
            self.message_user(request, f"Removed {isolated(name)} from {isolated(project)}.", messages.SUCCESS)
            # Who removed themselves may not come back to the list.
            list_url = self.page_url("changelist")
            return HttpResponseRedirect(list_url if member.login != request.user else reverse("admin:index"))
        return self.confirm(
            request,
            f"Remove {name} from {project}?",
            object=member,
            sentences=[
                f"{name}, {member.role} of {project}, sees nothing of the project with the next click.",
                "What the login did stays in the audit trail. Keys that it made go on working: revoke those it knows.",
            ],
            submit="Remove the member",
            danger=True,
            cancel_url=self.page_url("change", pk),
        )

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Old and new role."""
        member, role = form.instance, form.cleaned_data["role"]
        return self.words(member, "none" if add else form.initial["role"], role)

    @staticmethod
    def words(member: Membership, before: str, after: str) -> str:
        """A role before and after, as the log says it."""
        return f"Role of {apart(str(member.login))} in project {apart(str(member.project))}: {before} → {after}."

    # --- Columns ---

    @admin.display(description="Login", ordering="login__username")
    def member(self, membership: Membership) -> SafeString:
        """The login's name."""
        return name_cell(membership.login)

    @admin.display(description="Project", ordering="project__name")
    def project_name(self, membership: Membership) -> SafeString:
        """The project's name."""
        return name_cell(membership.project)

    @admin.display(description="Member since", ordering="given_at")
    def given(self, membership: Membership) -> SafeString:
        """When the login became a member."""
        return moment(membership.given_at, now())
