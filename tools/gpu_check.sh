#!/usr/bin/env bash
# Proves the project on a GPU, in one call; what it found is in OUT (work_dirs/gpu_check):
#   tools/gpu_check.sh                        everything, within 9 minutes
#   tools/gpu_check.sh --minutes 5 --parts 1,4
#   tools/gpu_check.sh --dry-run              the same at toy size on the CPU
#   tools/gpu_check.sh -h                     what the parts are
#
# On a GPU machine without network, and with PyTorch: fill a folder where there is a network,
# and carry it along. Nothing of the machine is changed: the wheels go into a folder of /tmp.
#   tools/gpu_check.sh --fill-wheels DIR [NAME==VERSION ...]    here, for Python 3.12
#   tools/gpu_check.sh --wheels DIR                             there
set -euo pipefail

# What a Python with PyTorch, timm's and pytest's own needs, SciPy and OpenCV may lack. OpenCV is
# larger than all of these together: name opencv-python-headless too if it is missing.
packages=(mmengine mmcv-lite mmaction2 mmpretrain timm decord safetensors addict yapf
    platformdirs termcolor rich einops mat4py modelindex ordered-set importlib-metadata
    setuptools pytest pytest-xdist hypothesis model-index)
source "$(dirname "$0")/launch.sh" # PATH, PYTHONPATH

needs_folder() { # option, its argument
    [ -n "${2:-}" ] && return
    echo "gpu_check.sh: $1 needs a folder" >&2
    exit 2
}

fill() { # folder, more packages
    local platforms=()
    for version in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux2014 manylinux2010 manylinux1; do
        platforms+=(--platform "${version}_x86_64")
    done
    python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 \
        --implementation cp "${platforms[@]}" -c "$tools/../requirements/tested.txt" \
        -d "$1" "${packages[@]}" "${@:2}"
    du -sh "$1"
}

arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --fill-wheels)
            needs_folder "$@"
            fill "${@:2}"
            exit
            ;;
        --wheels)
            needs_folder "$@"
            site=$(mktemp -d "${TMPDIR:-/tmp}/gpu_check.XXXXXX")
            trap 'rm -rf "$site"' EXIT
            python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
                --target "$site" "$2"/*.whl
            export PYTHONPATH="$site:${PYTHONPATH:-}"
            shift 2
            ;;
        *)
            arguments+=("$1")
            shift
            ;;
    esac
done
python3 "$tools/gpu/check.py" --spent $SECONDS "${arguments[@]}"
