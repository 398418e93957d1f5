"""The settings under test: the product's own, with a secret that guards nothing and the slow parts taken out."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests-" + "x" * 50)
# Whatever the shell has set for a server near by is not for the tests; DATABASE_URL chooses the database to test on.
for name in ("DJANGO_DEBUG", "DJANGO_HTTPS", "DJANGO_ALLOWED_HOSTS"):
    os.environ.pop(name, None)

from budgetsite.environment import SQLITE  # noqa: E402
from budgetsite.settings import *  # noqa: E402, F403
from budgetsite.settings import DATABASES, STORAGES  # noqa: E402

# A file in a directory of this run's own: threads share it as in production, and two runs at once share neither the
# file nor the turns at it, which are taken by its directory.
if DATABASES["default"]["ENGINE"] == SQLITE:
    DIRECTORY = tempfile.mkdtemp(prefix="budgets-test-")
    atexit.register(shutil.rmtree, DIRECTORY, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": f"{DIRECTORY}/db.sqlite3"}

# Pages render without a collectstatic; the live server of the harness runs the real storage.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
