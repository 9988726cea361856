"""The wheel: it imports, and carries configs and tools where mim looks for them."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import modelindex
import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ('projects', 'configs', 'tools', 'requirements', 'setup.py', 'setup.cfg')
SOURCES += ('pyproject.toml', 'MANIFEST.in', 'README.md', 'LICENSE', 'model-index.yml')


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """The wheel, built from a copy of the repository and unpacked.

    A build leaves its files in the source folder, where the next one would pack them too.
    """
    dist, site = tmp_path_factory.mktemp('dist'), tmp_path_factory.mktemp('site')
    source = tmp_path_factory.mktemp('source')
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    build = [sys.executable, '-m', 'build', '--wheel', '--no-isolation', '--outdir', dist]
    done = subprocess.run([*map(str, build), str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = dist.glob('mmaction2_xvit-*.whl')
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run(site, *command):
    env = {**os.environ, 'PYTHONPATH': str(site)}
    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, cwd=site, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_imports_by_itself(installed):
    out = run(installed, '-c', 'import projects.xvit; print(projects.xvit.__file__)')
    assert out.strip() == str(installed / 'projects/xvit/__init__.py')


@pytest.mark.slow
def test_wheel_carries_configs_and_tools_for_mim(installed):
    for folder in ('configs', 'tools'):
        here = {p.relative_to(ROOT) for p in (ROOT / folder).rglob('*') if p.is_file()}
        mim = installed / 'projects/.mim'
        there = {p.relative_to(mim) for p in (mim / folder).rglob('*') if p.is_file()}
        assert there == {p for p in here if '__pycache__' not in p.parts}
    assert not (installed / 'tests').exists()
    assert 'usage: train.py' in run(installed, 'projects/.mim/tools/train.py', '-h')
    run(
        installed,
        '-c',
        'from mmengine.config import Config;'
        "Config.fromfile('projects/.mim/configs/xvit_ssv2.py')",
    )


def test_wheel_carries_the_model_index(installed):
    index = modelindex.load(str(installed / 'projects/.mim/model-index.yml'))
    assert index.check(silent=True) == []
    assert len(index.models) > 0
    for model in index.models:
        assert (installed / 'projects/.mim' / model.config).is_file()


def test_neither_mmcv_nor_mmcv_lite_is_required(installed):
    (metadata,) = installed.glob('mmaction2_xvit-*.dist-info/METADATA')
    requires = [
        line
        for line in metadata.read_text().splitlines()
        if line.startswith('Requires-Dist')
    ]
    assert any(line.startswith('Requires-Dist: mmaction2') for line in requires)
    assert all('extra ==' in line for line in requires if 'mmcv' in line)
    assert sum('mmcv' in line for line in requires) == 2
