"""The report of an untrained model, by the command."""

import json

import pytest
import torch
from commands import CONFIG, ROOT, options
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

CLASSES = ['<script>alert(1)</script>', *(f'motion {i}' for i in range(1, 8))]


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Random weights of the small model, and class names."""
    init_default_scope('mmaction')
    model = MODELS.build(Config.fromfile(ROOT / CONFIG).model)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    path = tmp_path_factory.mktemp('weights') / 'epoch_1.pth'
    meta = dict(dataset_meta=dict(classes=CLASSES))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


@pytest.fixture
def report(tool, motion, checkpoint, monkeypatch):
    """Run the command: its exit code and the last line that it printed."""
    monkeypatch.chdir(ROOT)

    def run(out, *arguments, config=CONFIG, weights=checkpoint, **cfg_options):
        fast = {'test_dataloader.num_workers': 0, 'log_level': 'WARNING'}
        fast['test_dataloader.persistent_workers'] = False
        given = options(motion, **fast | cfg_options)
        code, printed = tool('report', config, weights, out, *arguments, *given)
        lines = printed.strip().splitlines() or ['']
        return code, lines[-1]

    return run


def read(out) -> dict:
    def refuse(constant: str):
        raise AssertionError(f'{constant} is not JSON')

    return json.loads((out / 'report.json').read_text(), parse_constant=refuse)


def test_a_report(report, motion, tmp_path):
    out = tmp_path / 'new/out'
    left_out = tmp_path / 'left out.json'
    left_out.write_text('[{"path": "a,b.mp4", "reason": "no bytes"}]')
    log = out / '20260101_000000/vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('{"loss": 2.5, "lr": 0.1, "epoch": 1, "step": 4}\n')
    config = out / 'tiny_motion.py'
    config.write_text('# A training wrote it.')
    arguments = ['--left-out', left_out, '--command', 'first one', 'second one']
    code, last = report(out, *arguments)
    assert code == 0 and last == str(out / 'report.html')

    found = read(out)
    # MMAction2's own metric is the oracle.
    assert found['accuracy']['value'] == found['metrics']['acc/top1']
    matrix = torch.tensor(found['confusion_matrix'])
    assert matrix.sum() == found['num_videos'] == 16
    assert matrix.diagonal().sum() == found['accuracy']['correct']
    recall = matrix.diagonal() / matrix.sum(dim=1)
    assert [row['recall'] for row in found['per_class']] == pytest.approx(recall.tolist())
    assert recall.mean() == pytest.approx(found['metrics']['acc/mean1'])
    labels = dict(line.split() for line in (motion / 'val.txt').read_text().splitlines())
    for video in found['surest_mistakes']:
        number = int(labels[video['path'].removeprefix(f'{motion}/')])
        assert video['true'][0]['class'] == CLASSES[number] != video['said'][0]['class']
    assert found['left_out'] == [{'path': 'a,b.mp4', 'reason': 'no bytes'}]
    assert found['commands'][:2] == ['first one', 'second one']
    assert 'report.py' in found['commands'][2]
    assert found['curves']['training']['loss'] == {'step': [4], 'value': [2.5]}

    html = (out / 'report.html').read_text()
    assert '&lt;script&gt;alert(1)' in html and '<script' not in html
    # The test wrote nothing else: no config over the training's, no log, no part of a file.
    names = {'report.html', 'report.json', 'tiny_motion.py', '20260101_000000'}
    assert {path.name for path in out.iterdir()} == names
    assert config.read_text() == '# A training wrote it.'


def test_the_same_input_gives_the_same_report(report, tmp_path):
    texts = []
    for _ in range(2):
        report(tmp_path, **{'test_dataloader.sampler.shuffle': True})
        date = read(tmp_path)['date']
        texts.append((tmp_path / 'report.html').read_text().replace(date, 'DATE'))
    assert texts[0] == texts[1]


def test_logits_and_labels_from_a_file(report, motion, tmp_path):
    """A head that averages scores before the softmax, and no name in the checkpoint."""
    args = ['--labels', motion / 'classes.txt']
    report(tmp_path, *args, **{'model.cls_head.average_clips': 'score'})
    found = read(tmp_path)
    assert found['classes'] == (motion / 'classes.txt').read_text().splitlines()
    scores = [video['said'][0]['score'] for video in found['least_sure']]
    assert scores == sorted(scores) and all(1 / 8 <= score <= 1 for score in scores)
    assert found['accuracy']['value'] == found['metrics']['acc/top1']


def test_several_labels(report, motion, tmp_path, monkeypatch):
    """Each video has its own label and the next one."""
    monkeypatch.setattr('projects.xvit.report.statistics.RESAMPLES', 20)
    lines = (motion / 'val.txt').read_text().splitlines()
    pairs = [line.split() for line in lines]
    text = ''.join(f'{path} {label} {(int(label) + 1) % 8}\n' for path, label in pairs)
    (tmp_path / 'two.txt').write_text(text)
    report(
        tmp_path,
        **{
            'test_dataloader.dataset.ann_file': tmp_path / 'two.txt',
            'test_dataloader.dataset.multi_class': True,
            'test_evaluator.metric_list': 'mean_average_precision',
            'model.cls_head.average_clips': 'score',
        },
    )
    found = read(tmp_path)
    value = found['mean_average_precision']['value']
    assert value == pytest.approx(found['metrics']['acc/mean_average_precision'])
    assert [row['support'] for row in found['per_class']] == [4] * 8


def test_bad_input_is_one_sentence_and_writes_nothing(report, tmp_path):
    def error(*arguments, **more) -> str:
        code, last = report(tmp_path / 'out', *arguments, **more)
        assert code == 1
        assert not list(tmp_path.rglob('report.*'))
        return last

    bad = tmp_path / 'bad.json'
    assert 'no.pth does not exist' in error(weights=tmp_path / 'no.pth')
    assert 'no.json' in error('--left-out', tmp_path / 'no.json')
    bad.write_text('[')
    assert f'{bad} is not JSON' in error('--left-out', bad)
    bad.write_text('[{"path": "a.mp4"}]')
    assert f'{bad} must hold a list of' in error('--left-out', bad)
    bad.write_text('one class')
    assert 'labels has 1 names, the model 8 classes' in error('--labels', bad)
    assert 'does not fit the config' in error(config='configs/laps_motion.py')
    assert 'the tasks verb, noun' in error(config='configs/xvit_epic.py')
    videos = tmp_path / 'list.txt'
    videos.write_text('val/00000.mp4 0\nval/no.mp4 0\n')
    options = {'test_dataloader.dataset.ann_file': videos}
    assert error(**options).startswith(f'report.py: {videos}:2: cannot read ')
    (tmp_path / 'file').write_text('')
    code, last = report(tmp_path / 'file')
    assert code == 1 and 'file' in last
