#!/usr/bin/env bash
# Prints the path of a Python that has igraph and networkx: WARDIAN_GRAPH_PYTHON, or else one in the cache. --look: see build/python.
IGRAPH=1.0.0 NETWORKX=3.6.1
exec "$(dirname "$0")/../../build/python" WARDIAN_GRAPH_PYTHON "igraph-$IGRAPH-networkx-$NETWORKX" "$@" "igraph==$IGRAPH" "networkx==$NETWORKX"
