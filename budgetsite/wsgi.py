"""What gunicorn serves: `gunicorn budgetsite.wsgi:application`."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from budgetsite.environment import SQLITE, load_dotenv

load_dotenv()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budgetsite.settings")
if settings.DATABASES["default"]["ENGINE"] == SQLITE:
    # unfold imports PostgreSQL's fields wherever it finds psycopg: a tenth of a worker's start, and megabytes of it.
    sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # None: there is no such module.
application = get_wsgi_application()
