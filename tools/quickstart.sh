#!/usr/bin/env bash
# From a fresh clone to a trained video transformer, in minutes on a CPU: environment, motion
# data set, two trainings, multi-view tests, and a picture of what the models say.
# If it was interrupted, run it again: it goes on where it stopped.
set -euo pipefail
source "$(dirname "$0")/env.sh"
# The models are so small that more threads only wait for each other.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
exec python tools/quickstart.py
