#!/usr/bin/env bash
# Train on several GPUs, or with as many CPU processes where there is no GPU:
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# On several machines, set NNODES, NODE_RANK, MASTER_ADDR and PORT on each. With
# MAX_RESTARTS=N and --resume, a run whose processes died is restarted up to N times, from
# the last checkpoint.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 CONFIG GPUS [arguments of tools/train.py]" >&2
    exit 2
fi
source "$(dirname "$0")/launch.sh"
launch "$2" train.py "$1" "${@:3}"
