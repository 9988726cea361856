#!/usr/bin/env bash
# The environment, the lint and the tests; arguments go to pytest, for example:
#   tools/run_tests.sh -m 'slow or not slow'   the tests that take minutes too
#   tools/run_tests.sh tests/ops -k leap       a part
#   tools/run_tests.sh -n 0 --pdb              in one process
set -euo pipefail
source "$(dirname "$0")/env.sh"

ruff format --check .
ruff check .
# A process a core, of one thread each: threads that wait for a busy core spin, and a model
# of toy size trains several times slower.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
python -m pytest -n auto --maxprocesses 8 --dist worksteal "$@"
