"""What a project without spend shows: how a client is set up, with the key that there is for it."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from budgets.dashboard.choices import Choices
from budgets.models import ApiKey
from budgets.queries.access import EVERYTHING, only, reach_of
from budgets.queries.api_keys import key_for

NO_KEY = "<key>"


def first_steps(request: HttpRequest, choices: Choices, *, now: datetime) -> dict[str, Any]:
    """The client snippet, with the host the request came to and the beginning of a key that the login may see."""
    project = choices.project or (choices.projects[0] if len(choices.projects) == 1 else None)
    here = only(project) if project else EVERYTHING
    api_key = key_for(project, reach=reach_of(request.user, "view", ApiKey), now=now)
    shown = f"{api_key.prefix}…" if api_key else NO_KEY
    return {
        "project": project,
        "api_key": api_key,
        "shown_key": shown,
        "may_add_keys": bool(reach_of(request.user, "add", ApiKey) & here),
        "api_base": f"{request.scheme}://my-app-1:{shown}@{request.get_host()}",
        "project_name_repr": json.dumps(project.name if project else "my-project", ensure_ascii=False),
    }
