# Sourced by quickstart.sh and run_tests.sh: a .venv with this package and what it needs.
#
# Makes the environment once; changing a requirements file makes it be brought up to date.
# PYTHON names the interpreter to make it with; else the newest supported one is taken.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

_supported_python() {
    local python
    for python in ${PYTHON:-python3.12 python3.11 python3.10 python3}; do
        if "$python" -c 'import ensurepip, sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' \
            2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo 'No Python 3.10, 3.11 or 3.12 with venv found: install one, or name it by PYTHON=...' >&2
    return 1
}

_wanted=$(cat requirements/*.txt setup.cfg setup.py | sha256sum)
if [ "$(cat .venv/installed 2>/dev/null)" != "$_wanted" ]; then
    echo '== Making the environment in .venv'
    [ -x .venv/bin/python ] || "$(_supported_python)" -m venv .venv || exit 1
    .venv/bin/python -m pip install -q --upgrade 'pip>=23' 'setuptools<81' wheel || exit 1
    .venv/bin/python -m pip install -q -r requirements/tested.txt -r requirements/dev.txt || exit 1
    .venv/bin/python -m pip install -q --no-build-isolation --no-deps -e . || exit 1
    echo "$_wanted" > .venv/installed
fi
export PATH="$PWD/.venv/bin:$PATH"
