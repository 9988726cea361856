# Sourced by dist_*.sh and slurm_*.sh: starts a tool of this folder in several processes.

# The tools run without this package being installed, and in its .venv unless another
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
    # Restarted processes must not find the addresses of the dead ones. The static
    # rendezvous keeps those addresses, and c10d keeps them if its store is shared.
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

slurm_launch() { # partition, job name, script, arguments
    export MASTER_PORT=${MASTER_PORT:-$((12000 + RANDOM % 20000))}
    # SRUN_ARGS is a list of words.
    # shellcheck disable=SC2086
    srun -p "$1" \
        --job-name="$2" \
        --gres="gpu:${GPUS_PER_NODE:-8}" \
        --ntasks="${GPUS:-8}" \
        --ntasks-per-node="${GPUS_PER_NODE:-8}" \
        --cpus-per-task="${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} \
        python -u "$tools/$3" --launcher slurm "${@:4}"
}
