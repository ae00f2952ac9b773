#!/usr/bin/env bash
# Prints the path of a Python that has TRL: WARDIAN_TRL_PYTHON, or else the one that the tests of exports use, made once in the cache.
# --look only looks, and fails where there is none.
set -euo pipefail
if [ -n "${WARDIAN_TRL_PYTHON:-}" ]; then
  echo "$WARDIAN_TRL_PYTHON"
  exit
fi
consumers=$(dirname "$0")/../../rollout/export/tests/consumers
[ "${1:-}" = --look ] || exec "$consumers/environment" trl
exec "$(dirname "$0")/../../build/python" WARDIAN_EXPORT_PYTHON "export-trl-$(sha256sum <"$consumers/requirements/trl.txt" | cut -c1-12)" --look trl
