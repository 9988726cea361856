# Sourced by dist_train.sh and dist_test.sh: torchrun with MMAction2's environment variables.

# The tools need no installation of this package, and run in its .venv unless another
# environment is active.
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONPATH="$tools/..:${PYTHONPATH:-}"
if [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$tools/../.venv/bin/python" ]; then
    PATH="$tools/../.venv/bin:$PATH"
fi

launch() { # processes, script, arguments
    local rendezvous=(
        --node_rank="${NODE_RANK:-0}"
        --master_addr="${MASTER_ADDR:-127.0.0.1}"
        --master_port="${PORT:-29500}"
    )
    # Restarted processes must not find the addresses of those that died: the plain
    # rendezvous keeps them, and so does the other while it shares its store.
    if [ "${MAX_RESTARTS:-0}" -gt 0 ]; then
        export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
        rendezvous=(
            --rdzv_backend=c10d
            --rdzv_endpoint="${MASTER_ADDR:-127.0.0.1}:${PORT:-29500}"
            --rdzv_id="${PORT:-29500}"
            --max_restarts="$MAX_RESTARTS"
        )
    fi
    python -m torch.distributed.run \
        --nnodes="${NNODES:-1}" \
        --nproc_per_node="$1" \
        "${rendezvous[@]}" \
        "$tools/$2" --launcher pytorch "${@:3}"
}
