"""From a folder of videos to a trained model, and what is refused on the way."""

import json
import os
import shutil
import signal
import sys
import time

import numpy as np
import pytest
import torch
from commands import CONFIG, ROOT, finish, run, start
from mmengine.config import Config
from motion_folders import make_folders, make_pairs

from projects.xvit.analysis import build_recognizer
from projects.xvit.finetune import stages

COUNTS = {'moving left': 6, 'moving right, fast': 6, 'größer': 2}


@pytest.fixture(scope='session')
def rendered(tmp_path_factory):
    """Three classes with names and paths that lists of lines could not hold."""
    root = tmp_path_factory.mktemp('my videos') / 'ä, b'
    make_folders(
        root, dict(zip(('moving left', 'moving right', 'growing'), COUNTS.values()))
    )
    (root / 'moving right').rename(root / 'moving right, fast')
    (root / 'growing').rename(root / 'größer')
    return root


@pytest.fixture
def folder(rendered, tmp_path):
    return shutil.copytree(rendered, tmp_path / rendered.name)


@pytest.fixture
def finetune(tool, monkeypatch, tmp_path):
    """The command in this process, whose stages only note what they were asked for."""
    asked = []

    def note(title, command, lock):
        asked.append([str(part) for part in command])
        raise SystemExit(f'{title} was reached')

    monkeypatch.setattr(stages, 'run', note)

    def call(*arguments, config=CONFIG):
        return tool(
            'finetune', *arguments, '--config', config, '--work-dir', tmp_path / 'work'
        )

    call.asked, call.work = asked, tmp_path / 'work'
    return call


def lines(path):
    return path.read_text(encoding='utf-8').splitlines()


def test_a_folder_becomes_lists_and_a_config(folder, finetune):
    bad = folder / 'moving left/0.mp4'
    bad.write_bytes(bad.read_bytes()[:500])
    (folder / 'moving left/notes.txt').write_text('x')
    code, printed = finetune(folder, '--processes', 1)
    assert code == 'Training was reached', printed
    assert '1 files are not videos and are not used: 1 .txt' in printed
    assert f'left out: {bad}: undecodable' in printed
    work = finetune.work
    (left_out,) = json.loads((work / 'left_out.json').read_text())
    assert left_out['path'] == str(bad) and 'undecodable' in left_out['reason']
    assert lines(work / 'classes.txt') == sorted(COUNTS)
    val, train = lines(work / 'val.txt'), lines(work / 'train.txt')
    assert sorted(line.split('\t')[1] for line in val) == ['0', '1', '2']
    assert len(train) == 10 and not set(val) & set(train)
    for line in val + train:
        path, label = line.split('\t')
        assert (folder / path).is_file() and path.startswith(sorted(COUNTS)[int(label)])
    cfg = Config.fromfile(work / 'config.py')
    assert cfg.classes == sorted(COUNTS)
    # tiny_motion.py flips.
    assert 'say left or right are not mirrored' in printed
    assert cfg.train_pipeline[-3].fixed_labels == [1, 2]
    assert finetune.asked[0][1].endswith('tools/train.py')


def test_several_processes_use_the_launcher(folder, finetune):
    finetune(folder, '--gpus', 2, '--processes', 1)
    _, script, config, processes, *_ = finetune.asked[0]
    assert script.endswith('tools/dist_train.sh') and processes == '2'
    assert config == str(finetune.work / 'config.py')


def test_an_edited_config_is_kept_and_other_arguments_are_refused(folder, finetune):
    finetune(folder, '--processes', 1)
    config = finetune.work / 'config.py'
    config.write_text(config.read_text() + '# mine\n')
    code, printed = finetune(folder, '--processes', 1)
    assert code == 'Training was reached' and 'used as it is' in printed
    assert 'videos to decode' not in printed and config.read_text().endswith('# mine\n')
    code, _ = finetune(folder, '--epochs', 3)
    assert 'was made with --epochs None, now it is 3' in code
    (folder / 'moving left/0.mp4').unlink()
    code, _ = finetune(folder)
    assert '1 gone (such as moving left/0.mp4). Give another --work-dir' in code


def test_lists_lost_before_the_config_are_made_again(folder, finetune):
    finetune(folder, '--processes', 1)
    before = lines(finetune.work / 'train.txt')
    for name in ('train.txt', 'config.py'):
        (finetune.work / name).unlink()
    code, printed = finetune(folder)
    assert code == 'Training was reached' and '0 of 14 videos to decode' in printed
    assert lines(finetune.work / 'train.txt') == before


def table(folder, *rows):
    (folder / 'list.csv').write_text('\n'.join(rows), encoding='utf-8')
    return '--csv', folder / 'list.csv'


PATHS = [f'moving left/{"deep, und größer/" if i % 2 else ""}{i}.mp4' for i in range(6)]


def test_a_table_gives_labels_groups_and_splits(folder, finetune):
    splits = ('train', 'train', 'val', 'val', 'test', 'test')
    rows = [f'"{p}",{"ab"[i % 2]};c,{s}' for i, (p, s) in enumerate(zip(PATHS, splits))]
    finetune(*table(folder, 'path,label,split', *rows), '--processes', 1)
    work = finetune.work
    assert lines(work / 'classes.txt') == ['a', 'b', 'c']
    assert lines(work / 'test.txt') == [f'{PATHS[4]}\t0\t2', f'{PATHS[5]}\t1\t2']
    cfg = Config.fromfile(work / 'config.py')
    assert cfg.model.cls_head.type == 'MultiLabelHead'
    assert cfg.test_dataloader.dataset.ann_file == 'test.txt'


@pytest.mark.parametrize(
    ('rows', 'message'),
    [
        ([''], 'list.csv is empty'),
        (['path,label'], 'list.csv has no rows'),
        (['path,class', 'a.mp4,x'], "no column 'label'"),
        (
            ['path,label,split', 'a,x,train', 'b,y,train', 'c,x,val', 'd,z,val', 'e,z,val'],
            "labels in the split 'val' that no training video has: z",
        ),
        (['path,label', 'a,x', 'b,x', 'c,y'], 'only one video: y'),
    ],
)
def test_bad_tables_are_refused_and_nothing_is_written(folder, finetune, rows, message):
    code, _ = finetune(*table(folder, *rows))
    assert code.startswith('error: ') and message in code and '\n' not in code
    assert not finetune.work.exists()


def test_other_input_is_refused_and_nothing_is_written(folder, finetune, tmp_path):
    (tmp_path / 'empty').mkdir()
    cases = [
        ((tmp_path / 'empty',), {}, 'has no class folders with videos'),
        ((folder,), dict(config='configs/xvit_epic.py'), 'one set of classes'),
        ((folder, '--weights', tmp_path / 'none.pth'), {}, 'none.pth does not exist'),
        (
            (folder,),
            dict(config='configs/tps_ssv2.py'),
            'give another checkpoint by --weights',
        ),
    ]
    for arguments, options, message in cases:
        code, _ = finetune(*arguments, **options)
        assert code.startswith('error: ') and message in code and '\n' not in code
    for arguments, message in [
        ((folder, '--epochs', 0), '--epochs must be above 0, got 0'),
        ((folder, '--val-fraction', 1), '--val-fraction must be between 0 and 1'),
        ((), 'give FOLDER, or --csv'),
        (('--csv', tmp_path / 'none.csv'), 'none.csv does not exist'),
    ]:
        code, printed = finetune(*arguments)
        assert code == 2 and message in printed
    assert not finetune.work.exists()


def test_a_class_whose_videos_are_all_bad_is_named(folder, finetune):
    for path in (folder / 'größer').rglob('*.mp4'):
        path.write_bytes(b'no video')
    code, _ = finetune(folder, '--processes', 1)
    assert code == 'error: no video of these classes decodes: größer'
    assert not (finetune.work / 'config.py').exists()


def test_another_config_is_not_overwritten(folder, finetune):
    finetune.work.mkdir()
    (finetune.work / 'config.py').write_text('mine = 1')
    code, _ = finetune(folder)
    assert 'config.py is not from this tool: give another --work-dir' in code
    assert (finetune.work / 'config.py').read_text() == 'mine = 1'


def command(*arguments):
    return start(sys.executable, 'tools/finetune.py', *arguments)


@pytest.mark.slow
def test_killed_runs_go_on_and_others_run_the_config(folder, tmp_path):
    """Killed in training, run again, then by dist_train.sh and through projects.xvit."""
    work = tmp_path / 'the work'
    arguments = (folder, '--config', CONFIG, '--work-dir', work, '--epochs', 16)
    first = command(*arguments)
    while not (work / 'train/last_checkpoint').exists():
        assert first.poll() is None, finish(first)
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    finish(first)
    assert not (work / 'finished.json').exists()

    code, output = finish(command(*arguments))
    assert code == 0, output[-4000:]
    assert 'used as it is' in output and 'resumed epoch:' in output
    assert 'acc/top1' in output.strip().splitlines()[-5], output[-600:]
    finished = json.loads((work / 'finished.json').read_text())
    checkpoint = torch.load(finished['checkpoint'])
    assert checkpoint['meta']['dataset_meta']['classes'] == sorted(COUNTS)
    report = json.loads((work / 'report.json').read_text())
    assert report['accuracy']['value'] == pytest.approx(finished['metrics']['acc/top1'])
    assert (work / 'report.html').read_text(encoding='utf-8').startswith('<!DOCTYPE html>')

    code, output = finish(command(*arguments))
    assert code == 0 and '== ' not in output, output[-4000:]  # Nothing is done again.

    # As if killed after the last epoch.
    (work / 'finished.json').unlink()
    code, output = finish(command(*arguments))
    assert code == 0 and 'Epoch(train)' not in output, output[-4000:]
    assert (
        json.loads((work / 'finished.json').read_text())['metrics'] == finished['metrics']
    )

    config = work / 'config.py'
    options = ('--work-dir', tmp_path / 'again', '--cfg-options', 'train_cfg.max_epochs=1')
    run('bash', 'tools/dist_train.sh', config, 2, *options, 'param_scheduler=None')
    assert (tmp_path / 'again/epoch_1.pth').exists()
    output = run(
        *(sys.executable, '-m', 'projects.xvit', 'test.py', config, finished['checkpoint']),
        *('--work-dir', tmp_path / 'tested'),
    )
    top1 = finished['metrics']['acc/top1']
    assert f'acc/top1: {top1:.4f}' in output


@pytest.mark.slow
def test_weights_start_a_run_with_rare_classes_and_several_labels(tmp_path):
    """One of every kind: weights of other classes, two labels, balance, two processes."""
    table = make_pairs(tmp_path / 'two', ['moving left', 'moving up', 'growing'], 12)
    weights = tmp_path / 'weights.pth'
    cfg = Config.fromfile(ROOT / CONFIG)
    torch.save(dict(state_dict=build_recognizer(cfg).state_dict()), weights)
    work = tmp_path / 'work'
    arguments = ('--csv', table, '--config', CONFIG, '--work-dir', work, '--epochs', 1)
    options = ('--weights', weights, '--balance', '--gpus', 2)
    code, output = finish(command(*arguments, *options))
    assert code == 0, output[-4000:]
    assert f'Left out of {weights}: cls_head.fc_cls.weight, cls_head.fc_cls' in output
    # MMEngine's words in the training's log.
    assert 'missing keys in source state_dict: cls_head.fc_cls.weight' in output
    assert json.loads((work / 'report.json').read_text())['mean_average_precision']
    metrics = json.loads((work / 'finished.json').read_text())['metrics']
    assert list(metrics) == ['acc/mean_average_precision']
    assert np.isfinite(metrics['acc/mean_average_precision'])
