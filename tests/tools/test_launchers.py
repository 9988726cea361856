"""The real commands on real videos: train, resume, test, predict, alone and distributed."""

import os
import re
import subprocess
import sys

import commands
import pytest
import torch
from commands import ROOT, run

CONFIG = 'configs/xvit_motion.py'


def options(motion, **extra):
    """``--cfg-options`` for the small data set and two quick epochs."""
    epochs = {'train_cfg.max_epochs': 2, 'train_cfg.val_interval': 2}
    return commands.options(motion, **epochs | extra)


def accuracy(output):
    return re.findall(r'acc/top1: ([\d.]+)', output)[-1]


@pytest.fixture(scope='module')
def trained(motion, tmp_path_factory):
    """A run of two gloo processes, ended after an epoch and resumed for another."""
    work = tmp_path_factory.mktemp('work')
    train = ('bash', 'tools/dist_train.sh', CONFIG, '2', '--work-dir', work)
    once = options(motion, **{'train_cfg.max_epochs': 1})
    first = run(*train, *once)
    second = run(*train, '--resume', *options(motion))
    return work, first, second


def test_two_processes_train_and_resume(trained):
    work, first, second = trained
    assert 'Distributed launcher: pytorch' in first and 'GPU number: 2' in first
    assert re.search(r'Epoch\(train\) +\[1\]\[1/1\]', first)  # 32 videos, 2 batches of 16
    assert 'resumed epoch: 1' in second
    assert re.findall(r'Epoch\(train\) +\[(\d)\]', second) == ['2']
    assert (work / 'epoch_2.pth').is_file()


@pytest.mark.parametrize('processes', ['1', '2'])
@pytest.mark.slow
def test_distributed_test_has_the_accuracy_of_a_single_process(trained, motion, processes):
    work = trained[0]
    arguments = (CONFIG, work / 'epoch_2.pth')
    common = ('--work-dir', work / 'test', *options(motion))
    alone = run('python', 'tools/test.py', *arguments, *common)
    together = run('bash', 'tools/dist_test.sh', *arguments, processes, *common)
    assert accuracy(alone) == accuracy(together)


def test_prediction_prints_and_draws(trained, motion, tmp_path):
    out = tmp_path / 'new/picture.png'
    printed = run(
        'python',
        'tools/predict.py',
        CONFIG,
        trained[0] / 'epoch_2.pth',
        motion / 'val/00000.mp4',
        '--labels',
        motion / 'classes.txt',
        '--out',
        out,
        '--topk',
        '3',
    )
    scores = re.findall(r'^(0\.\d{3})  (.+)$', printed, flags=re.M)
    names = (motion / 'classes.txt').read_text().splitlines()
    assert len(scores) == 3 and all(name in names for _, name in scores)
    assert out.read_bytes().startswith(b'\x89PNG')


@pytest.mark.slow
def test_scores_that_are_logits_are_printed_as_probabilities(trained, motion, tmp_path):
    config = tmp_path / 'logits.py'
    config.write_text(
        f'_base_ = {str(ROOT / CONFIG)!r}\n'
        "model = dict(cls_head=dict(average_clips='score'))"
    )
    arguments = (trained[0] / 'epoch_2.pth', motion / 'val/00000.mp4', '--topk', '8')
    printed = run('python', 'tools/predict.py', config, *arguments)
    scores = [
        float(score) for score in re.findall(r'^(\S+)  class \d$', printed, flags=re.M)
    ]
    assert len(scores) == 8 and min(scores) >= 0
    assert sum(scores) == pytest.approx(1, abs=0.01)


def test_mmactions_inferencer_predicts(trained, motion):
    from mmaction.apis.inferencers import MMAction2Inferencer

    inferencer = MMAction2Inferencer(
        rec=str(ROOT / CONFIG),
        rec_weights=str(trained[0] / 'epoch_2.pth'),
        label_file=str(motion / 'classes.txt'),
        device='cpu',
    )
    result = inferencer(str(motion / 'val/00000.mp4'))
    scores = torch.tensor(result['predictions'][0]['rec_scores'][0])
    assert scores.shape == (8,) and scores.sum().item() == pytest.approx(1, abs=1e-5)


def test_published_file_and_folder_score_as_the_training_checkpoint(
    trained, motion, tool, tmp_path
):
    from mmaction.apis.inferencers import MMAction2Inferencer

    from projects.xvit.checkpoints.hub import inferencer_args

    config, checkpoint = ROOT / CONFIG, trained[0] / 'epoch_2.pth'
    labels, hub = motion / 'classes.txt', tmp_path / 'hub'
    out = (tmp_path / 'zoo/name', '--labels', labels, '--hub-folder', hub)
    code, printed = tool('publish_model', config, checkpoint, *out)
    assert code == 0, printed
    (file,) = tmp_path.glob('zoo/*.pth')
    code, printed = tool('verify_checkpoint', config, file)
    assert code == 0 and 'note' not in printed, printed

    def scores(**arguments):
        predict = MMAction2Inferencer(**arguments, device='cpu')
        return predict(str(motion / 'val/00000.mp4'))['predictions'][0]['rec_scores']

    expected = scores(rec=str(config), rec_weights=str(checkpoint))
    assert scores(rec=str(config), rec_weights=str(file)) == expected
    folder = inferencer_args(hub)
    assert (hub / 'classes.txt').read_text() == labels.read_text()
    assert folder['label_file'] == str(hub / 'classes.txt')
    assert scores(**folder) == expected


def test_mmactions_own_tools_run(trained, motion, tmp_path):
    work = trained[0]
    tool = ('python', '-m', 'projects.xvit')
    flops = run(*tool, 'analysis_tools/get_flops.py', CONFIG, '--shape', 1, 3, 8, 64, 64)
    assert re.search(r'Flops: [\d.]+M', flops)
    run(
        *tool,
        'visualizations/browse_dataset.py',
        CONFIG,
        tmp_path / 'browse',
        '--show-number',
        '1',
        *options(motion),
    )
    assert list((tmp_path / 'browse').glob('*.mp4'))
    run(*tool, 'deployment/publish_model.py', work / 'epoch_2.pth', tmp_path / 'out.pth')
    (published,) = tmp_path.glob('out_*.pth')
    assert 'optimizer' not in torch.load(published)


def test_unknown_tool_is_named():
    done = subprocess.run(
        [sys.executable, '-m', 'projects.xvit', 'no_such.py'],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "no tool 'no_such.py'" in done.stderr


@pytest.mark.parametrize(
    ('tool', 'given', 'spins'),
    [('train', {}, '0'), ('test', {}, '0'), ('train', {'GOMP_SPINCOUNT': '77'}, '77')],
)
def test_waiting_openmp_threads_spin_only_if_the_user_wants(tool, given, spins):
    printed = run('python', f'tools/{tool}.py', '-h', OMP_DISPLAY_ENV='verbose', **given)
    assert re.findall(r"GOMP_SPINCOUNT = '(\d+)'", printed) == [spins]


@pytest.mark.parametrize(
    ('script', 'arguments'),
    [('dist_train', 1), ('dist_test', 2), ('slurm_train', 2), ('slurm_test', 3)],
)
def test_missing_arguments_print_the_usage(script, arguments):
    command = ['bash', f'tools/{script}.sh', *['x'] * arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith('usage:')


def test_slurm_scripts_pass_everything_to_srun(tmp_path):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    srun.chmod(0o755)
    env = dict(
        PATH=f'{tmp_path}:{os.environ["PATH"]}', GPUS='16', SRUN_ARGS='--exclusive -w a1'
    )
    arguments = ('part', 'job', CONFIG, '--resume', '--seed', '1')
    words = run('bash', 'tools/slurm_train.sh', *arguments, **env).splitlines()
    assert {
        '--ntasks=16',
        '--gres=gpu:8',
        '--exclusive',
        'a1',
        '--kill-on-bad-exit=1',
    } < set(words)
    assert words[-6:] == ['--launcher', 'slurm', CONFIG, '--resume', '--seed', '1']
    assert words[-7].endswith('tools/train.py')
    arguments = ('part', 'job', CONFIG, 'w.pth')
    words = run('bash', 'tools/slurm_test.sh', *arguments, **env).splitlines()
    assert words[-4:] == ['--launcher', 'slurm', CONFIG, 'w.pth']
    assert words[-5].endswith('tools/test.py')
