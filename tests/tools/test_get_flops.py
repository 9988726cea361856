"""The counting tool, as a user calls it."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import get_flops  # noqa: E402

XVIT, LAPS = 'configs/xvit_motion.py', 'configs/laps_motion.py'


@pytest.fixture
def run(monkeypatch, capsys):
    """The tool's output for the arguments of a command line."""
    monkeypatch.chdir(ROOT)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['get_flops.py', *map(str, arguments)])
        get_flops.main()
        return capsys.readouterr().out

    return run


def row(output, module):
    """The numbers in a module's line."""
    (line,) = re.findall(rf'^{re.escape(module)} +(.+)$', output, flags=re.M)
    return [float(number.replace(',', '')) for number in line.split()]


def test_table_of_a_config(run):
    out = run(XVIT, '--depth', 2)
    assert 'input: 1 x 3 x 8 x 64 x 64' in out
    # By hand: 8 frames of 17 tokens of 64 channels, 3 layers, MLP ratio 4.
    params, gflops, _ = row(out, 'backbone.layers')
    assert gflops == round(3 * 8 * (17 * 12 * 64**2 + 2 * 17**2 * 64) / 1e9, 3)
    assert params == 0.150
    assert 'backbone.layers.0' not in out and 'backbone.layers.0' in run(XVIT)
    assert 'aten::gelu' in out.splitlines()[-1]
    assert row(run(XVIT, '--depth', 0), 'all') == row(out, 'all')


def test_any_shape(run):
    out = run(XVIT, '--shape', 1, 3, 16, 64, 64)
    assert 'input: 1 x 3 x 16 x 64 x 64' in out
    once, twice = row(run(XVIT), 'all'), row(out, 'all')
    assert twice[0] == once[0]
    assert twice[1] == pytest.approx(2 * once[1], abs=0.002)


def test_two_configs_side_by_side(run):
    out = run('--compare', XVIT, LAPS)
    assert f'A {XVIT}' in out and f'B {LAPS}' in out
    single = [row(run(config), 'all') for config in (XVIT, LAPS)]
    assert row(out, 'all') == [value for pair in zip(*single) for value in pair]
    assert len(row(out, 'cls_head.fc_cls')) == 6
    assert len(row(out, 'cls_head.fc_hidden')) == 3  # Only A has one.


@pytest.mark.parametrize(
    ('arguments', 'status', 'message'),
    [
        (['no/config.py'], 1, "No such file or directory: 'no/config.py'"),
        ([XVIT, '--shape', 1, 2], 1, 'the input must be (N, 3, T, H, W)'),
        ([], 2, 'one of the arguments config --compare is required'),
        ([XVIT, '--compare', XVIT, LAPS], 2, 'not allowed with argument'),
    ],
)
def test_errors_are_one_line(run, capsys, arguments, status, message):
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == status
    assert message in capsys.readouterr().err.splitlines()[-1]
