"""The curves of a training, from logs as MMEngine writes them."""

import json

from projects.xvit.report.curves import read_curves


def write_run(work, name, *lines, end=''):
    folder = work / name / 'vis_data'
    folder.mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    (folder / 'scalars.json').write_text(text + end)


def iteration(step, loss, **more):
    more = dict(more, lr=0.1, time=0.2, data_time=0.1, iter=step, memory=99)
    return dict(more, loss=loss, step=step)


def validation(step, top1):
    return {'acc/top1': top1, 'data_time': 0.1, 'time': 0.3, 'step': step}


def test_curves_by_epoch(tmp_path):
    write_run(
        tmp_path,
        '20260101_000000',
        iteration(10, 2.0, epoch=1),
        validation(1, 0.25),
        iteration(20, 1.0, epoch=2),
        validation(2, 0.5),
    )
    curves = read_curves(tmp_path)
    assert curves.training == {'loss': {10: 2.0, 20: 1.0}, 'lr': {10: 0.1, 20: 0.1}}
    assert curves.validation == {'acc/top1': {1: 0.25, 2: 0.5}}
    assert curves.by_epoch


def test_a_killed_and_resumed_run(tmp_path):
    """The first run went on to step 30 after the checkpoint of step 20, and was killed."""
    first = [iteration(step, step / 10) for step in (10, 20, 30)]
    write_run(tmp_path, '20260101_000000', *first, validation(30, 0.1), end='{"loss": 1')
    second = [iteration(step, step / 100) for step in (25, 35)]
    write_run(tmp_path, '20260102_000000', *second, validation(35, 0.2))
    # A test in the same folder has no curves.
    (tmp_path / '20260103_000000/vis_data').mkdir(parents=True)
    curves = read_curves(tmp_path)
    assert curves.training['loss'] == {10: 1.0, 20: 2.0, 25: 0.25, 35: 0.35}
    assert curves.validation == {'acc/top1': {30: 0.1, 35: 0.2}}
    assert not curves.by_epoch


def test_no_log(tmp_path):
    curves = read_curves(tmp_path)
    assert not curves.training and not curves.validation
