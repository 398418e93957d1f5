#!/bin/sh
# What the container does: `web` brings the tables up to date and serves; `cron` resets due budgets every
# hour and checks the ledger every day.
# `healthy` is the health check of both. Anything else is run as it stands, such as `python manage.py create_key ...`.
set -eu

case "${1:-web}" in
    web)
        python manage.py set_up
        # Heartbeats in memory: on a container's disk they can stall a worker.
        exec gunicorn --bind "0.0.0.0:${PORT:-8000}" --worker-tmp-dir /dev/shm
        ;;
    cron)
        # A loop, not a cron daemon: that would need root, and would not pass the container's environment on.
        trap 'kill "$!" 2>/dev/null; exit 0' TERM INT
        hour=0
        while :; do
            python manage.py reset_budgets || echo "reset_budgets failed; next try in an hour" >&2
            [ $((hour % 24)) -ne 0 ] || python manage.py verify_ledger || echo "the ledger check failed" >&2
            hour=$((hour + 1))
            sleep 3600 &
            wait $!
        done
        ;;
    healthy)
        # The role `cron` serves nothing: while this can be asked, it runs.
        ! grep -qz "cron" /proc/1/cmdline || exit 0
        exec python -c "import os, urllib.request as u; u.urlopen(u.Request(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", headers={'Host': 'localhost'}), timeout=4)"
        ;;
    *)
        exec "$@"
        ;;
esac
