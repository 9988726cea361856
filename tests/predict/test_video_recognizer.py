"""VideoRecognizer: the same scores as MMAction2's, for paths, frames, lists and threads."""

from concurrent.futures import ThreadPoolExecutor

import decord
import numpy as np
import pytest
import torch
from commands import ROOT
from datasets.odd_videos import grey
from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.registry import MODELS
from mmengine.config import Config

from projects.xvit import VideoRecognizer
from projects.xvit.analysis import build_recognizer
from projects.xvit.checkpoints.hub import write_folder
from projects.xvit.checkpoints.safetensors_file import save_safetensors
from projects.xvit.pipelines import window_length

CONFIG = ROOT / 'tests/data/tiny_motion.py'
NAMES = tuple('abcdefgh')


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Five videos of two sizes, which show their number."""
    folder = tmp_path_factory.mktemp('videos')
    for i in range(5):
        grey(folder / f'{i}.mp4', i, size=(80, 64) if i % 2 else (64, 80))
    return sorted(folder.glob('*.mp4'))


@pytest.fixture(scope='module')
def cfg():
    return Config.fromfile(CONFIG)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory, cfg):
    """Weights far from zero, so that each video has scores of its own."""
    path = tmp_path_factory.mktemp('toy') / 'toy.pth'
    torch.manual_seed(0)
    model = build_recognizer(cfg)
    for parameter in model.parameters():
        parameter.data.add_(0.3 * torch.randn_like(parameter))
    meta = dict(cfg=cfg.pretty_text, dataset_meta=dict(classes=NAMES))
    torch.save(dict(meta=meta, state_dict=model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def recognize(checkpoint):
    return VideoRecognizer(CONFIG, checkpoint, device='cpu')


def scores(predictions):
    return np.stack([prediction.scores for prediction in predictions])


def changed(cfg, **head):
    cfg = Config(cfg.to_dict())
    cfg.model.cls_head.update(head)
    return cfg


@pytest.mark.parametrize('name', ['tiny_lora_motion', 'tiny_probe_motion'])
def test_a_checkpoint_without_its_frozen_host_is_taken(name, videos, tmp_path):
    """Adapters or a head alone: the host is loaded as the config says."""
    cfg = Config.fromfile(ROOT / f'tests/data/{name}.py')
    host = cfg.model.backbone.backbone
    weights = MODELS.build(host).state_dict()
    torch.save({k: v for k, v in weights.items() if 'temporal' not in k}, tmp_path / 'host')
    host.init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'host'))
    model = build_recognizer(cfg, frozen_host=True)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'trained.pth')
    assert not any('blocks.0.mlp' in key for key in model.state_dict())
    recognize = VideoRecognizer(cfg, tmp_path / 'trained.pth', device='cpu')
    loaded = recognize._model.backbone.backbone.state_dict()
    for key, value in loaded.items():
        assert torch.equal(value, model.backbone.backbone.state_dict()[key])
    assert np.isfinite(recognize(videos[0]).scores).all()
    host.init_cfg.checkpoint = str(tmp_path / 'missing')
    with pytest.raises(FileNotFoundError, match='missing'):
        VideoRecognizer(cfg, tmp_path / 'trained.pth', device='cpu')


def test_a_path_has_mmactions_scores(recognize, checkpoint, videos):
    model = init_recognizer(str(CONFIG), str(checkpoint), device='cpu')
    expected = [inference_recognizer(model, str(path)).pred_score for path in videos]
    found = recognize(videos)
    np.testing.assert_allclose(scores(found), torch.stack(expected), atol=1e-6)
    assert np.ptp(scores(found), axis=0).max() > 0.01  # The videos differ.
    first = recognize(str(videos[0]))
    np.testing.assert_array_equal(first.scores, found[0].scores)
    order = np.argsort(-first.scores)[:3]
    assert first.top(3) == [(NAMES[i], first.scores[i]) for i in order]
    assert len(first.top(99)) == len(NAMES)


@pytest.mark.parametrize('batch_size', [2, 5, 9])
def test_batches_and_frames_have_the_scores_of_single_paths(recognize, videos, batch_size):
    expected = scores(recognize(videos))
    together = recognize(videos, batch_size=batch_size)
    np.testing.assert_allclose(scores(together), expected, atol=1e-6)
    frames = [decord.VideoReader(str(path))[:].asnumpy() for path in videos]
    frames[1] = torch.from_numpy(frames[1])
    found = recognize(frames, batch_size=batch_size)
    np.testing.assert_allclose(scores(found), expected, atol=1e-6)
    np.testing.assert_allclose(recognize(frames[1]).scores, expected[1], atol=1e-6)


def test_threads_have_the_scores_of_one_after_another(recognize, videos):
    frames = decord.VideoReader(str(videos[0]))[:].asnumpy()
    work = [*videos, frames] * 8
    expected = scores(recognize(list(work)))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(recognize, work))
    np.testing.assert_array_equal(scores(found), expected)


def test_several_views_are_averaged_as_configured(cfg, checkpoint, videos):
    cfg = Config(cfg.to_dict())
    step = cfg.test_dataloader.dataset.pipeline[1]
    step.num_clips = 3
    cfg.test_dataloader.dataset.pipeline[1] = step

    def views(activate, mean_first):
        model = VideoRecognizer(cfg, checkpoint, device='cpu')
        sample = model.prepare(videos[0])
        data = model._model.data_preprocessor(
            dict(inputs=[sample['inputs']], data_samples=[sample['data_samples']])
        )
        with torch.no_grad():
            logits = torch.cat(
                [model._model(data['inputs'][:, i : i + 1], stage='head') for i in range(3)]
            )
        mean = logits.mean(0) if mean_first else activate(logits).mean(0)
        return (activate(mean) if mean_first else mean).numpy()

    def softmax(x):
        return x.softmax(dim=-1)

    bce = dict(loss_cls=dict(type='BCELossWithLogits'))
    for head, activate, mean_first in (
        (dict(average_clips='prob'), softmax, False),
        (dict(average_clips='score'), softmax, True),
        (dict(average_clips=None), softmax, False),
        (dict(average_clips='prob', multi_class=True), torch.sigmoid, False),
        (dict(average_clips='score', **bce), torch.sigmoid, True),
    ):
        model = VideoRecognizer(changed(cfg, **head), checkpoint, device='cpu')
        found = model(videos[0]).scores
        np.testing.assert_allclose(found, views(activate, mean_first), atol=1e-6)


def test_a_limit_of_views_takes_batches(cfg, checkpoint, recognize, videos):
    limited = Config(cfg.to_dict())
    limited.model.test_cfg = dict(max_testing_views=1)
    model = VideoRecognizer(limited, checkpoint, device='cpu')
    found = model(videos, batch_size=4)
    np.testing.assert_allclose(scores(found), scores(recognize(videos)), atol=1e-6)


def test_labels_come_from_the_argument_then_the_checkpoint_then_are_numbers(
    checkpoint, tmp_path
):
    given = [f'class name {i}' for i in range(8)]
    file = tmp_path / 'classes.txt'
    file.write_text('\n'.join(given))
    for labels in (given, file, str(file), [file]):
        assert VideoRecognizer(CONFIG, checkpoint, 'cpu', labels).labels == tuple(given)
    assert VideoRecognizer(CONFIG, checkpoint, 'cpu').labels == NAMES
    plain = tmp_path / 'plain.pth'
    torch.save(torch.load(checkpoint)['state_dict'], plain)
    assert VideoRecognizer(CONFIG, plain, 'cpu').labels[7] == 'class 7'
    with pytest.raises(ValueError, match='labels has 2 names, the model 8 classes'):
        VideoRecognizer(CONFIG, checkpoint, 'cpu', ['a', 'b'])


def test_published_files_and_folders_load(cfg, checkpoint, recognize, videos, tmp_path):
    saved = torch.load(checkpoint)
    meta = dict(saved['meta'], dataset_meta=dict(classes=list(NAMES)))
    save_safetensors(tmp_path / 'toy.safetensors', saved['state_dict'], meta)
    plain = Config({k: v for k, v in cfg.to_dict().items() if k != 'custom_imports'})
    write_folder(tmp_path / 'hub', plain, saved['state_dict'], meta, 'a card')
    expected = recognize(videos[0])
    for path in (checkpoint, tmp_path / 'toy.safetensors', tmp_path / 'hub'):
        found = VideoRecognizer.from_published(path, device='cpu')
        assert found.labels == NAMES
        np.testing.assert_array_equal(found(videos[0]).scores, expected.scores)


@pytest.mark.parametrize(
    'text',
    [
        "model = __import__('os').system('touch {}')",
        "import os\nmodel = dict(type=os.system('touch {}'))",
        "model = dict(**dict(type=open('{}', 'w')))",
        'model = dict(',
    ],
)
def test_the_config_in_a_file_is_read_and_not_run(text, checkpoint, tmp_path):
    evil, trace = tmp_path / 'evil.pth', tmp_path / 'trace'
    saved = torch.load(checkpoint)
    saved['meta']['cfg'] = text.format(trace)
    torch.save(saved, evil)
    with pytest.raises(ValueError, match='not plain values'):
        VideoRecognizer.from_published(evil)
    assert not trace.exists()
    del saved['meta']['cfg']
    torch.save(saved, evil)
    with pytest.raises(ValueError, match=r'evil\.pth has no config in it'):
        VideoRecognizer.from_published(evil)


FRAMES = np.zeros((8, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ('video', 'error', 'message'),
    [
        ('missing.mp4', FileNotFoundError, r'missing\.mp4 does not exist'),
        (FRAMES.astype(np.float32), TypeError, 'uint8 from 0 to 255, got float32'),
        (torch.zeros(8, 32, 32, 3), TypeError, 'uint8 from 0 to 255, got float32'),
        (7, TypeError, 'must be a path, or RGB frames .* got int'),
        (FRAMES[0], ValueError, r'shape \(T, H, W, 3\), got \(32, 32, 3\)'),
        (FRAMES.transpose(3, 0, 1, 2), ValueError, r'got \(3, 8, 32, 32\)'),
        (FRAMES[:0], ValueError, r'got \(0, 32, 32, 3\)'),
    ],
)
def test_other_videos_are_refused(recognize, video, error, message):
    with pytest.raises(error, match=message):
        recognize(video)


def test_other_configs_and_checkpoints_are_refused(cfg, checkpoint, tmp_path):
    def refused(message, config=cfg, weights=checkpoint, **kwargs):
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            VideoRecognizer(config, weights, device='cpu', **kwargs)

    refused('no.py does not exist', config='no.py')
    refused('no.pth does not exist', weights='no.pth')
    refused("split must be one of .* got 'train'", split='train')
    broken = tmp_path / 'broken.py'
    broken.write_text('model = dict(')
    refused(r'config .*broken\.py: .*Error', config=broken)
    wider = changed(cfg, num_classes=9)
    refused('does not fit the config.*cls_head', config=wider)
    empty = Config(dict(test_pipeline=cfg.test_pipeline))
    refused('no recognizer: model.backbone is missing', config=empty)
    frames = Config(cfg.to_dict())
    frames.test_dataloader.dataset.pipeline = [dict(type='RawFrameDecode')]
    refused('does not read videos: .* DecordInit', config=frames)
    task = Config(
        dict(model=dict(type='BMN', backbone=None), test_pipeline=cfg.test_pipeline)
    )
    refused('cannot be built|another task', config=task)


def test_frames_at_a_rate_are_sampled_like_a_file(cfg, checkpoint, videos):
    sampled = Config(cfg.to_dict())
    sampled.test_dataloader.dataset.pipeline[1] = dict(
        type='LinspaceSampleFrames', clip_len=4, frame_interval=4, target_fps=32,
        test_mode=True,
    )  # fmt: skip
    model = VideoRecognizer(sampled, checkpoint, device='cpu')
    reader = decord.VideoReader(str(videos[0]))
    frames = reader[:].asnumpy()
    expected = model(videos[0]).scores
    np.testing.assert_allclose(model(frames, fps=16).scores, expected, atol=1e-6)


def test_the_window_of_a_live_source_is_what_a_clip_spans():
    step = dict(type='LinspaceSampleFrames', clip_len=4, frame_interval=4)
    assert window_length([dict(type='DecordInit'), step], fps=25) == 16
    assert window_length([dict(step, target_fps=30)], fps=60) == 32
    assert window_length([dict(step, target_fps=30)], fps=20) == 11
    uniform = dict(type='UniformSegmentSample', clip_len=16)
    assert [window_length([uniform], fps) for fps in (5, 25)] == [16, 50]
    with pytest.raises(ValueError, match='no step of the pipeline has a clip_len'):
        window_length([dict(type='DecordInit')], fps=25)
