# The build has pip, compilers' caches and the like; what runs has Python, the requirements and the project.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
RUN /venv/bin/python -m pip install --quiet --requirement requirements.txt
WORKDIR /app
COPY manage.py gunicorn.conf.py docker-entrypoint.sh .env.example ./
COPY budgetsite budgetsite
COPY budgets budgets
COPY templates templates
COPY static static
# The secret signs nothing here: collectstatic only needs the settings to load.
RUN DJANGO_SECRET_KEY=only-for-collectstatic DATABASE_URL=sqlite://:memory: /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home budgets && install -d -o budgets -g budgets -m 700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# The default database is for a trial; a volume on /data keeps it. DATABASE_URL chooses PostgreSQL.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATABASE_URL=sqlite:////data/budgets.sqlite3 PORT=8000
USER budgets
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/app/docker-entrypoint.sh", "healthy"]
ENTRYPOINT ["/app/docker-entrypoint.sh"]
CMD ["web"]
