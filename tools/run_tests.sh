#!/usr/bin/env bash
# The environment, the lint and the tests; arguments go to pytest, for example:
#   tools/run_tests.sh -m slow            the tests that take minutes
#   tools/run_tests.sh tests/ops -k leap
set -euo pipefail
source "$(dirname "$0")/env.sh"

ruff format --check .
ruff check .
# The first -m wins over none: without one, the slow tests are left out.
if [ $# -eq 0 ]; then
    set -- -m 'not slow'
fi
python -m pytest "$@"
