"""The settings under test: the product's own, with a secret that guards nothing and the slow parts taken out."""

import os
import shutil
import tempfile
from atexit import register

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests-" + "x" * 50)
# Whatever the shell has set for a server near by is not for the tests; DATABASE_URL chooses the database to test on.
for name in ("DJANGO_DEBUG", "DJANGO_HTTPS", "DJANGO_ALLOWED_HOSTS"):
    os.environ.pop(name, None)

from budgetsite.environment import SQLITE  # noqa: E402
from budgetsite.settings import *  # noqa: E402, F403
from budgetsite.settings import DATABASES, STORAGES  # noqa: E402

# A file of this run's own: threads share it as in production, and two runs at once do not share it.
if DATABASES["default"]["ENGINE"] == SQLITE:
    TEST_DIR = tempfile.mkdtemp(prefix="budgets-test-")
    register(shutil.rmtree, TEST_DIR, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(TEST_DIR, "test.sqlite3")}  # noqa: PTH118

# Pages render without a collectstatic; the live server of the harness runs the real storage.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
