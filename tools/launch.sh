# Sourced by dist_train.sh and dist_test.sh: torchrun with MMAction2's environment variables.

# The tools need no installation of this package, and run in its .venv unless another
# environment is active.
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONPATH="$tools/..:${PYTHONPATH:-}"
if [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$tools/../.venv/bin/python" ]; then
    PATH="$tools/../.venv/bin:$PATH"
fi

launch() { # processes, script, arguments
    python -m torch.distributed.run \
        --nnodes="${NNODES:-1}" \
        --node_rank="${NODE_RANK:-0}" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" \
        --master_port="${PORT:-29500}" \
        --nproc_per_node="$1" \
        "$tools/$2" --launcher pytorch "${@:3}"
}
