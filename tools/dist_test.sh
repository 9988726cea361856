#!/usr/bin/env bash
# Test on several GPUs, or with as many CPU processes where there is no GPU:
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
# On several machines, set NNODES, NODE_RANK, MASTER_ADDR and PORT on each.
set -eu
if [ $# -lt 3 ]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS [arguments of tools/test.py]" >&2
    exit 2
fi
source "$(dirname "$0")/launch.sh"
launch "$3" test.py "$1" "$2" "${@:4}"
