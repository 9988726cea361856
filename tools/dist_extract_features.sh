#!/usr/bin/env bash
# Extract features on several GPUs, or with as many CPU processes where there is no GPU:
#   tools/dist_extract_features.sh CONFIG CHECKPOINT GPUS VIDEO_OR_LIST OUT_FOLDER [options]
# On several machines, set NNODES, NODE_RANK, MASTER_ADDR and PORT on each.
set -eu
if [ $# -lt 5 ]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS VIDEO_OR_LIST OUT_FOLDER [options]" >&2
    exit 2
fi
source "$(dirname "$0")/launch.sh"
launch "$3" extract_features.py "$1" "$2" "${@:4}"
