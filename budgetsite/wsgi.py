"""What gunicorn serves: `gunicorn budgetsite.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from budgetsite.environment import load_dotenv

load_dotenv()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budgetsite.settings")
application = get_wsgi_application()
