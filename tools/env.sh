# Sourced by quickstart.sh and run_tests.sh: a .venv with this package and what it needs.
#
# Makes the environment once, and updates it when a requirements file changes. PYTHON names
# the interpreter; without it, the newest supported one is taken.

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
    echo 'Found no Python 3.10, 3.11 or 3.12 with venv: install one, or set PYTHON=...' >&2
    return 1
}

_pip_install() {
    .venv/bin/python -m pip install "$@" > .venv/pip.log 2>&1 && return
    tail -n 40 .venv/pip.log >&2
    echo "pip install $* failed; the whole log: $PWD/.venv/pip.log" >&2
    exit 1
}

_wanted=$(cat requirements/*.txt setup.cfg setup.py | sha256sum)
if [ "$(cat .venv/installed 2>/dev/null)" != "$_wanted" ]; then
    echo '== Making the environment in .venv'
    [ -x .venv/bin/python ] || "$(_supported_python)" -m venv .venv || exit 1
    _pip_install --upgrade 'pip>=23' 'setuptools<81' wheel
    _pip_install -r requirements/tested.txt -r requirements/dev.txt
    _pip_install --no-build-isolation --no-deps -e .
    echo "$_wanted" > .venv/installed
    echo "   $SECONDS s"
fi
export PATH="$PWD/.venv/bin:$PATH"
