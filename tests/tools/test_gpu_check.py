"""tools/gpu_check.sh: what it reports, that it stops in time, and a dry run of it all."""

import json
import os
import subprocess
import sys
import time

import pytest
import torch
from commands import ROOT, finish, start

sys.path.insert(0, str(ROOT / 'tools/gpu'))
import spaced
from parts import evidence, speed
from parts.plan import Plan
from parts.report import Part, write_summary
from parts.steps import Step, run_steps
from spaced_metric import SpacedAccMetric


def run(folder, *steps, seconds=30.0, jobs=2):
    run_steps(steps, time.monotonic() + seconds, folder, jobs)
    return [step.state for step in steps]


def test_a_failed_step_stops_no_other(tmp_path):
    steps = [
        Step('good', 'echo one; echo two'),
        Step('bad', 'echo three; exit 7'),
        Step('bad before a good one', 'false && echo never'),
        Step('bad in a pipe', 'false | cat'),
        Step('impossible', 'echo never', not_run='no such machine'),
        Step('last', 'echo four', alone=True),
    ]
    states = run(tmp_path, *steps)
    assert states == ['passed', 'failed', 'failed', 'failed', 'not run', 'passed']
    assert [step.output for step in steps[:2]] == ['one\ntwo\n', 'three\n']
    assert steps[1].detail == 'exit status 7' and steps[4].output == ''


def test_all_processes_end_when_the_time_is_up(tmp_path):
    mark = f'4{os.getpid()}'  # Of the sleeps that are looked for.
    steps = [
        Step('two processes', f'sleep {mark} & sleep {mark}'),
        Step('far enough', f'echo epoch 1; sleep {mark}', enough='epoch 1'),
        Step('not far enough', f'echo epoch 0; sleep {mark}', enough='epoch 1'),
        Step('later', 'true', alone=True),
    ]
    begin = time.monotonic()
    states = run(tmp_path, *steps, seconds=0.5, jobs=3)
    assert states == ['stopped', 'passed', 'stopped', 'not reached']
    assert time.monotonic() - begin < 10
    assert 'time was up' in steps[0].detail and 'time was up' in steps[1].detail
    found = subprocess.run(['pgrep', '-f', f'sleep {mark}'], capture_output=True, text=True)
    assert found.stdout == ''


@pytest.mark.parametrize(
    ('states', 'expected'),
    [
        (['passed', 'passed'], 'passed'),
        (['passed', 'not run'], 'passed'),
        (['not run', 'not run'], 'not run'),
        (['passed', 'stopped'], 'incomplete'),
        (['passed', 'not reached'], 'incomplete'),
        (['stopped', 'failed'], 'failed'),
        (['not reached', 'not reached'], 'not reached'),
        ([], 'not reached'),
    ],
)
def test_nothing_passed_that_did_not_run(states, expected):
    steps = [Step('name', 'true', state=state) for state in states]
    assert Part(1, 'tests', steps=steps).state == expected
    assert Part(1, 'tests', chosen=False, steps=steps).state == 'not chosen'


def test_files_show_tables_and_the_end_of_a_failed_step(tmp_path):
    steps = [
        Step('table', "echo noise; echo '| a | b |'", lines=1),
        Step('bad', 'seq 100; exit 3', lines=2),
    ]
    run(tmp_path / 'logs', *steps)
    parts = [Part(4, 'speed', steps=steps, findings='| goal |'), Part(5, 'kernels')]
    parts[0].write(tmp_path, 'HEAD')
    write_summary(parts, tmp_path, 'HEAD', time.monotonic())
    text = (tmp_path / '4_speed.md').read_text()
    assert 'HEAD' in text and '| goal |' in text and '\n\n| a | b |\n' in text
    assert '\nnoise\n' not in text
    assert 'failed: exit status 3' in text and '\n21\n' in text and '\n20\n' not in text
    rows = (tmp_path / 'summary.md').read_text().splitlines()
    row = '| 4. speed | failed | 1 passed, 1 failed | 0 | [4_speed.md](4_speed.md) |'
    assert row in rows and '| 5. kernels | not reached |  | 0 |  |' in rows


def test_goals_are_met_missed_or_not_measured(tmp_path):
    def row(kind, ratio):
        fields = {'pass': kind, 'model': 'xvit-b', 'ratio': ratio}
        return fields | {'ratio_quartiles': [ratio - 0.01, ratio + 0.01]}

    report = {
        'baseline': 'vit-b',
        'settings': {'compile': False, 'frames': [8]},
        'rows': [row('inference', 1.03), row('training', 1.05)],
    }
    (tmp_path / 'speed').mkdir()
    (tmp_path / 'speed/vit.json').write_text(json.dumps(report))
    lines = speed.findings(Plan(True, tmp_path, 1)).splitlines()
    measured = '1.030 (1.020 to 1.040) | yes |'
    assert f'| xvit-b | vit-b | eager | inference | 1.03 | {measured}' in lines
    measured = '1.050 (1.040 to 1.060) | no |'
    assert f'| xvit-b | vit-b | eager | training | 1.04 | {measured}' in lines
    assert sum('not measured' in line for line in lines) == 4 * len(speed.GOALS) - 2


def test_every_baseline_of_the_speed_part_is_known():
    from projects.xvit.benchmark.models import NAMES

    assert {name for _, models, *_ in speed.RUNS for name in models} <= set(NAMES)
    assert {name for name, *_ in speed.GOALS.items()} <= set(NAMES)


def test_accuracy_by_distance_at_the_last_common_epoch(tmp_path):
    def log(name, *tops):
        folder = tmp_path / f'{name}/1/vis_data'
        folder.mkdir(parents=True)
        (tmp_path / f'{name}.py').touch()
        lines = [
            {'step': epoch, 'acc/top1': top, 'acc/apart_02': top, 'acc/apart_16': 0.25}
            for epoch, top in enumerate(tops, start=1)
        ]
        text = ''.join(f'{json.dumps(line)}\n' for line in [{'loss': 1.0}, *lines])
        (folder / 'scalars.json').write_text(text)

    log('xvit-s', 0.5, 0.75, 1.0)
    log('timesformer-s', 0.25, 0.5)
    log('videoswin-t')
    text = spaced.table(tmp_path)
    assert '| model | 2 frames apart | 16 frames apart | all |' in text
    assert '| xvit-s | 75.0 | 25.0 | 75.0 |' in text
    assert '| timesformer-s | 50.0 | 25.0 | 50.0 |' in text
    assert 'after epoch 2' in text and 'not in the table: videoswin-t.' in text


def test_metric_groups_by_the_folders_name():
    metric = SpacedAccMetric()
    samples = [
        dict(
            pred_score=torch.eye(4)[score],
            gt_label=torch.tensor([label]),
            filename=f'/data/val/apart_{apart:02}/1.mp4',
        )
        for score, label, apart in [
            (0, 0, 2),
            (1, 1, 2),
            (2, 3, 16),
            (3, 3, 16),
            (0, 1, 16),
        ]
    ]
    metric.process([], samples[:2])
    metric.process([], samples[2:])
    accuracy = metric.compute_metrics(metric.results)
    assert accuracy == {'top1': 0.6, 'apart_02': 1.0, 'apart_16': pytest.approx(1 / 3)}


def test_evidence_trains_every_model():
    assert set(evidence.MODELS) == set(spaced.models()) == set(spaced.models(toy=True))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--parts', '1,7'], '--parts takes numbers from 1 to 6, got 1,7'),
        (['--minutes', '0'], '--minutes must be above 0, got 0'),
        pytest.param(
            [],
            'PyTorch finds no CUDA device',
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason='needs no GPU'),
        ),
    ],
)
def test_bad_arguments_are_named(tool, arguments, message):
    code, printed = tool('gpu/check', *arguments)
    assert code == 2 and message in printed


@pytest.mark.slow
def test_dry_run_goes_to_the_end(tmp_path):
    out = tmp_path / 'out'
    command = ('bash', 'tools/gpu_check.sh', '--dry-run', '--minutes', 20)
    code, printed = finish(start(*command, OUT=str(out)), timeout=900)
    files = {path.name: path.read_text() for path in sorted(out.iterdir())}
    assert code == 0, printed + ''.join(files.values())
    assert len(files) == 7
    summary = files.pop('summary.md')
    assert 'Nothing here ran on CUDA' in summary
    for part, file in zip(('tests', 'training', 'distributed', 'speed'), files):
        assert f'{part} | passed |' in summary and part in file
    assert 'kernels | passed |' in summary and 'evidence | passed |' in summary
    assert 'failed' not in summary and 'stopped' not in summary
    assert "not run: needs CUDA, as MMEngine's AmpOptimWrapper does" in summary
    assert 'not measured' in files['4_speed.md']
    assert '| xvit-s |' in files['6_evidence.md']


@pytest.mark.slow
def test_wheels_go_into_a_folder_of_their_own_and_no_time_is_no_failure(tmp_path):
    wheels, source = tmp_path / 'wheels', tmp_path / 'source'
    source.mkdir()
    (source / 'setup.py').write_text(
        'from setuptools import setup\n'
        'setup(name="decord", version="9.9", py_modules=["x"])\n'
    )
    (source / 'x.py').touch()
    build = [sys.executable, '-m', 'build', '--wheel', '--no-isolation', '--outdir', wheels]
    subprocess.run([*map(str, build), str(source)], check=True, capture_output=True)
    options = ('--wheels', wheels, '--dry-run', '--parts', '4', '--minutes', 1e-6)
    environment = dict(OUT=str(tmp_path / 'out'), TMPDIR=str(tmp_path))
    code, printed = finish(start('bash', 'tools/gpu_check.sh', *options, **environment))
    assert code == 0, printed
    assert 'decord 9.9' in printed  # Found before the installed one.
    assert not list(tmp_path.glob('gpu_check.*'))
    assert '| 4. speed | not reached |' in (tmp_path / 'out/summary.md').read_text()
    assert '| 1. tests | not chosen |' in printed
