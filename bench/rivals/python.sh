#!/usr/bin/env bash
# Prints the path of a Python that has igraph and networkx: WARDIAN_GRAPH_PYTHON, or else one that is made in the cache outside of the
# clone with the packages of PyPI. With --look it only looks, and fails where there is none.
set -euo pipefail

IGRAPH=1.0.0
NETWORKX=3.6.1

if [ -n "${WARDIAN_GRAPH_PYTHON:-}" ]; then
  echo "$WARDIAN_GRAPH_PYTHON"
  exit
fi
folder="${XDG_CACHE_HOME:-$HOME/.cache}/wardian-python/igraph-$IGRAPH-networkx-$NETWORKX"
if [ ! -e "$folder/ready" ]; then
  [ "${1:-}" != --look ] || { echo "igraph and networkx are not installed in \`$folder\` yet" >&2; exit 1; }
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check "igraph==$IGRAPH" "networkx==$NETWORKX" >&2
  touch "$folder/ready"
fi
echo "$folder/bin/python"
