"""Testing on several views: real videos, pipelines and MMAction2's own test loop.

The scores of a video must be the average of those of its views, each run by itself,
however many videos are in a batch and views pass the backbone at once.
"""

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.fileio import load
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

CONFIGS = ['xvit_motion.py', 'laps_motion.py', 'tps_motion.py']
NUM_VIDEOS, NUM_VIEWS = 5, 6


def load_config(name, motion):
    """The toy model, the test pipeline of 2 x 3 views, and 5 of the videos."""
    init_default_scope('mmaction')
    cfg = Config.fromfile(f'configs/{name}')
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False, batch_size=2)
    cfg.test_dataloader.dataset.update(data_root=str(motion), indices=NUM_VIDEOS)
    return cfg


@pytest.fixture(scope='module', params=CONFIGS)
def tested(request, motion, tmp_path_factory):
    """A config, a checkpoint, the videos, and the logits ``(videos, views, classes)``."""
    cfg = load_config(request.param, motion)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).eval()
    # Such scores that averaging them before and after softmax is not the same.
    torch.nn.init.normal_(model.cls_head.fc_cls.weight)
    path = tmp_path_factory.mktemp(request.param) / 'model.pth'
    torch.save(dict(state_dict=model.state_dict()), path)

    data = DATASETS.build(cfg.test_dataloader.dataset)
    samples = [data[i] for i in range(len(data))]
    views = torch.stack([sample['inputs'] for sample in samples])
    assert views.shape[:2] == (NUM_VIDEOS, NUM_VIEWS)
    with torch.no_grad():
        logits = torch.stack([one_by_one(model, video) for video in views])
    assert logits.std(dim=1).max() > 0.01, 'the views should differ'
    of_average = average(logits, 'score').softmax(-1)
    assert (average(logits, 'prob') - of_average).abs().max() > 1e-4
    return cfg, path, samples, logits


def one_by_one(model, video):
    """The logits of each view alone, ``(views, classes)``."""
    views = (video.float() - 127.5) / 127.5
    return torch.cat([model(view[None, None], stage='head') for view in views])


def average(logits, average_clips):
    scores = logits.softmax(-1) if average_clips == 'prob' else logits
    return scores.mean(dim=-2)


@pytest.mark.parametrize('average_clips', ['prob', 'score'])
@pytest.mark.parametrize('max_testing_views', [None, 1, 4, 6, 100])
def test_views_are_averaged(tested, average_clips, max_testing_views):
    """4 divides neither a video's 6 views nor the 18 of a batch."""
    cfg, path, samples, logits = tested
    model = build(cfg, average_clips, max_testing_views)
    model.load_state_dict(torch.load(path)['state_dict'])
    passed = []
    model.backbone.register_forward_pre_hook(lambda _, x: passed.append(len(x[0])))

    expected = average(logits, average_clips)
    for batch in (samples[:1], samples[1:4]):
        inputs = [sample['inputs'] for sample in batch]
        data_samples = [sample['data_samples'].clone() for sample in batch]
        out = model.test_step(dict(inputs=inputs, data_samples=data_samples))
        scores = torch.stack([sample.pred_score for sample in out])
        first = 0 if len(batch) == 1 else 1
        torch.testing.assert_close(
            scores, expected[first : first + len(batch)], rtol=1e-5, atol=1e-6
        )
    limit = max_testing_views or 1000
    assert max(passed) == min(limit, 18) and sum(passed) == 6 + 18


def build(cfg, average_clips, max_testing_views):
    cls_head = dict(cfg.model.cls_head, average_clips=average_clips)
    test_cfg = max_testing_views and dict(max_testing_views=max_testing_views)
    return MODELS.build(dict(cfg.model, cls_head=cls_head, test_cfg=test_cfg)).eval()


def test_through_the_runner(tested, tmp_path):
    """Batches of 2, 2 and 1 videos, at most 5 views at once."""
    cfg, path, _, logits = tested
    cfg = cfg.copy()
    cfg.load_from = str(path)
    cfg.work_dir = str(tmp_path)
    cfg.model = dict(cfg.model, test_cfg=dict(max_testing_views=5))
    dump = dict(type='DumpResults', out_file_path=str(tmp_path / 'scores.pkl'))
    cfg.test_evaluator = [dict(type='AccMetric'), dump]
    Runner.from_cfg(cfg).test()
    results = load(tmp_path / 'scores.pkl')
    scores = torch.stack([torch.as_tensor(result['pred_score']) for result in results])
    torch.testing.assert_close(scores, average(logits, 'prob'), rtol=1e-5, atol=1e-6)
