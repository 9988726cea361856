"""The counting tool, as a user runs it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
XVIT, LAPS = 'configs/xvit_motion.py', 'configs/laps_motion.py'


def get_flops(*arguments):
    command = [sys.executable, 'tools/get_flops.py', *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def row(output, module):
    """The numbers in a module's line."""
    (line,) = re.findall(rf'^{re.escape(module)} +(.+)$', output, flags=re.M)
    return [float(number.replace(',', '')) for number in line.split()]


def test_table_of_a_config():
    done = get_flops(XVIT, '--depth', 2)
    assert done.returncode == 0, done.stderr
    assert 'input: 1 x 3 x 8 x 64 x 64' in done.stdout
    # Counted by hand: 17 tokens a frame of 64 channels, 3 layers, MLP ratio 4.
    layers = 3 * 8 * (17 * 12 * 64 * 64 + 2 * 17**2 * 64) / 1e9
    params, gflops, _ = row(done.stdout, 'backbone.layers')
    assert abs(gflops - layers) < 0.001
    assert params == 0.150
    assert row(done.stdout, 'all')[0] == 0.256
    assert 'backbone.layers.0' not in done.stdout


def test_any_shape():
    done = get_flops(XVIT, '--shape', 1, 3, 16, 64, 64)
    assert done.returncode == 0, done.stderr
    assert 'input: 1 x 3 x 16 x 64 x 64' in done.stdout
    once, twice = (row(o, 'all') for o in (get_flops(XVIT).stdout, done.stdout))
    assert twice[0] == once[0]
    assert abs(twice[1] - 2 * once[1]) < 0.002


def test_two_configs_side_by_side():
    done = get_flops('--compare', XVIT, LAPS)
    assert done.returncode == 0, done.stderr
    single = [row(get_flops(config).stdout, 'all') for config in (XVIT, LAPS)]
    pairs = [value for pair in zip(*single) for value in pair]
    assert row(done.stdout, 'all') == pairs
    assert f'A {XVIT}' in done.stdout and f'B {LAPS}' in done.stdout
    assert len(row(done.stdout, 'cls_head.fc_hidden')) == 3  # only A has one


def test_errors_are_one_line():
    for arguments, message in (
        (('no/config.py',), 'no/config.py does not exist'),
        ((XVIT, '--shape', '1', '2'), 'the input must be (N, 3, T, H, W)'),
    ):
        done = get_flops(*arguments)
        assert done.returncode == 1
        assert message in done.stderr.splitlines()[-1]
        assert 'Traceback' not in done.stderr
    assert get_flops().returncode == 2
