#!/usr/bin/env bash
# The environment, the lint and the tests; arguments go to pytest, for example:
#   tools/run_tests.sh -m 'slow or not slow'   the tests that take minutes too
#   tools/run_tests.sh tests/ops -k leap       a part
set -euo pipefail
source "$(dirname "$0")/env.sh"

ruff format --check .
ruff check .
python -m pytest "$@"
