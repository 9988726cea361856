"""A small EPIC-KITCHENS-100 from its CSV files to a submission, by the real commands."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope='module')
def config(epic, tmp_path_factory):
    """``configs/xvit_epic.py`` with a tiny X-ViT, on the small data set."""
    path = tmp_path_factory.mktemp('config') / 'tiny.py'
    data = f"data_root='{epic}', ann_file='annotations/EPIC_100_"
    path.write_text(
        f"""
_base_ = ['{ROOT}/configs/xvit_epic.py']
model = dict(
    backbone=dict(
        arch=dict(
            _delete_=True, embed_dims=24, num_layers=1, num_heads=3,
            feedforward_channels=24,
        ),
        patch_size=56,
        init_cfg=None,
    ),
    cls_head=dict(trunk=dict(in_channels=24, num_heads=3, hidden_channels=24)),
)
train_dataloader = dict(
    num_workers=0, persistent_workers=False, batch_size=3, dataset=dict({data}train.csv')
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False, batch_size=2,
    dataset=dict({data}validation.csv'),
)
test_dataloader = dict(
    num_workers=0, persistent_workers=False, batch_size=2,
    dataset=dict({data}validation.csv'),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
param_scheduler = []
randomness = dict(seed=0)
train_cfg = dict(max_epochs=3, val_interval=3)
default_hooks = dict(logger=dict(interval=1))
"""
    )
    return path


def run(*command):
    """Run a command in the repository; its output, or a failure that shows it."""
    with socket.socket() as free:
        free.bind(('', 0))
        port = free.getsockname()[1]
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'PORT': str(port)}
    env['PATH'] = f'{Path(sys.executable).parent}:{env["PATH"]}'
    command = [str(part) for part in command]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    return output


@pytest.fixture(scope='module')
def trained(config):
    """The checkpoint of three epochs, and what training printed."""
    work = config.parent / 'work'
    printed = run('python', 'tools/train.py', config, '--work-dir', work)
    return work / 'epoch_3.pth', printed


def test(config, checkpoint, *options, launch=('python', 'tools/test.py'), processes=()):
    """The metrics that testing prints, by name."""
    work = ('--work-dir', checkpoint.parent / 'test')
    options = ('--cfg-options', *options) if options else ()
    printed = run(*launch, config, checkpoint, *processes, *work, *options)
    return dict(re.findall(r'epic/(\w+): ([\d.]+)', printed))


test.__test__ = False


def results_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read('test.json'))['results']


def accuracies(results, ann_file):
    """Read back: the right class among the k best of each of the submission's scores."""
    with open(ann_file, newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['narration_id'] for row in rows] == list(results)
    hits = {}
    for row in rows:
        verb, noun = row['verb_class'], row['noun_class']
        labels = dict(verb=verb, noun=noun, action=f'{verb},{noun}')
        for task, label in labels.items():
            scores = results[row['narration_id']][task]
            best = sorted(scores, key=scores.get, reverse=True)
            for k in (1, 5):
                hits.setdefault(f'{task}_top{k}', []).append(label in best[:k])
    return {name: f'{sum(hit) / len(hit):.4f}' for name, hit in hits.items()}


@pytest.mark.slow
def test_training_logs_both_tasks_and_validates(trained):
    _, printed = trained
    assert re.search(r'Epoch\(train\) +\[1\]\[2/2\]', printed)
    assert re.search(r'loss_verb: [\d.]+.* loss_noun: [\d.]+', printed)
    assert 'nan' not in printed.lower().split('epoch(train)', 1)[1].split('epoch(val)')[0]
    assert re.search(r'epic/action_top1: [\d.]+', printed)


@pytest.fixture(scope='module')
def alone(trained, config):
    """What one process measures and submits for the validation set."""
    path = config.parent / 'submission.zip'
    measured = test(config, trained[0], f'test_evaluator.submission_file={path}')
    return measured, results_of(path)


@pytest.mark.slow
def test_the_submission_reproduces_the_accuracy(alone, epic):
    measured, results = alone
    assert measured == accuracies(results, epic / 'annotations/EPIC_100_validation.csv')
    assert len(measured) == 6
    # By now the model knows which verbs and nouns there are, so the numbers are not 0.
    assert float(measured['verb_top1']) > 0 and float(measured['action_top5']) > 0


@pytest.mark.slow
def test_two_processes_make_the_same_submission(alone, trained, config, tmp_path):
    """5 segments: the second process repeats one."""
    path = tmp_path / 'submission.zip'
    measured = test(
        config,
        trained[0],
        f'test_evaluator.submission_file={path}',
        launch=('bash', 'tools/dist_test.sh'),
        processes=('2',),
    )
    assert measured == alone[0]
    results = results_of(path)
    assert list(results) == list(alone[1])
    for name, entry in results.items():
        assert entry['verb'] == pytest.approx(alone[1][name]['verb'], abs=1e-4)


@pytest.mark.slow
def test_the_test_set_without_labels_gives_a_submission(trained, config, tmp_path):
    path = tmp_path / 'submission.zip'
    measured = test(
        config,
        trained[0],
        f'test_evaluator.submission_file={path}',
        'test_dataloader.dataset.ann_file=annotations/EPIC_100_test_timestamps.csv',
    )
    assert measured == {}
    results = results_of(path)
    assert list(results) == ['P01_01_20', 'P02_101_21', 'P01_01_22']
    assert len(results['P01_01_20']['noun']) == 300


@pytest.fixture
def untrained(config, tmp_path):
    """A checkpoint of the tiny model."""
    from mmaction.registry import MODELS
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    model = MODELS.build(Config.fromfile(config).model)
    path = tmp_path / 'untrained.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


@pytest.fixture
def names(tmp_path):
    """Files with the verbs' and the nouns' names."""
    paths = [tmp_path / 'verbs.txt', tmp_path / 'nouns.txt']
    for path, count in zip(paths, (97, 300)):
        path.write_text(''.join(f'{path.stem[:-1]}-{i}\n' for i in range(count)))
    return paths


def test_prediction_names_actions(config, untrained, names, epic, tool):
    video = epic / 'P01/videos/P01_01.MP4'
    command = ('predict', config, untrained, video, '--device', 'cpu', '--topk', 3)
    code, printed = tool(*command)
    assert code == 0
    plain = re.findall(r'^(0\.\d{3})  verb (\d+), noun (\d+)$', printed, flags=re.M)
    assert len(plain) == 3
    labels = [option for path in names for option in ('--labels', path)]
    code, printed = tool(*command, *labels)
    named = re.findall(r'^(0\.\d{3})  verb-(\d+), noun-(\d+)$', printed, flags=re.M)
    assert code == 0 and named == plain
    code, printed = tool(*command, '--labels', names[0])
    assert code == 2 and 'verbs.txt has 97 names, the model 397 classes' in printed


def test_mmactions_inferencer_predicts(config, untrained, epic, tmp_path):
    from mmaction.apis import inference_recognizer, init_recognizer
    from mmaction.apis.inferencers import MMAction2Inferencer

    video = str(epic / 'P02/videos/P02_101.MP4')
    out = tmp_path / 'predictions.json'
    inferencer = MMAction2Inferencer(
        rec=str(config), rec_weights=str(untrained), device='cpu'
    )
    result = inferencer(video, pred_out_file=str(out))['predictions'][0]
    (scores,) = result['rec_scores']
    assert sum(scores['verb']) == pytest.approx(1, abs=1e-4) and len(scores['noun']) == 300
    assert result['rec_labels'] == [
        [max(range(len(s)), key=s.__getitem__) for s in scores.values()]
    ]
    assert json.loads(out.read_text())['predictions'][0]['rec_scores'][0] == scores
    model = init_recognizer(str(config), str(untrained), device='cpu')
    predicted = inference_recognizer(model, video).pred_score
    assert predicted['verb'].shape == (97,)


def test_publishing_counts_the_classes_of_both_tasks(
    config, untrained, names, tmp_path, tool
):
    labels = tmp_path / 'labels.txt'
    labels.write_text(''.join(path.read_text() for path in names))
    code, printed = tool(
        'publish_model', config, untrained, f'{tmp_path}/zoo/', '--labels', labels
    )
    assert code == 0, printed
    (card,) = (tmp_path / 'zoo').glob('*.md')
    assert '`MultiTaskHead`, 97 verb + 300 noun classes' in card.read_text()
    (weights,) = (tmp_path / 'zoo').glob('*.pth')
    meta = torch.load(weights, weights_only=True)['meta']
    assert len(meta['dataset_meta']['classes']) == 397
    code, printed = tool(
        'publish_model', config, untrained, f'{tmp_path}/zoo2/', '--labels', names[0]
    )
    assert code == 1 and '97 class names, but the model has 397 classes' in printed
