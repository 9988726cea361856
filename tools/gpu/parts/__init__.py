"""The parts of tools/gpu_check.sh: one file each, and what runs and reports them."""
