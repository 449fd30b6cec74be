#!/bin/sh
# Brings the database up to date, then starts what was asked for.
set -eu

if [ "${1:-serve}" = serve ]; then
    python3 -m shop migrate
fi
exec python3 -m shop "$@"
