"""Publishing: convert, verify, publish, load, score; and what is refused."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmaction.apis import init_recognizer
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.logging import HistoryBuffer

from projects.xvit.analysis import build_recognizer
from projects.xvit.checkpoints.hub import from_pretrained, inferencer_args
from projects.xvit.checkpoints.publish import put_in_place
from projects.xvit.checkpoints.verify import short_hash

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/xvit_motion.py'
ARCH = ('embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')


def xvit_model(hp):
    span = hp['shift_span']
    backbone = dict(type='XViT', num_frames=hp['num_frames'], shift_div=hp['shift_div'])
    backbone['mix_span'] = span if span < hp['num_frames'] else None
    head = dict(type='TemporalAttentionHead', num_layers=hp['head_layers'])
    head |= dict(num_heads=hp['head_heads'], hidden_channels=hp['head_hidden'])
    return vit(backbone, hp), head


def laps_model(hp):
    backbone = dict(type='LAPSViT', num_frames=hp['num_frames'])
    backbone |= dict(leap_levels=hp['levels'], shift_div=hp['fold_div'])
    return vit(backbone, hp), dict(type='FrameAverageHead')


def vit(backbone, hp):
    arch = {key: hp[key] for key in ARCH}
    return dict(backbone, arch=arch, img_size=hp['img_size'], patch_size=hp['patch_size'])


def tps_model(hp):
    arch = {key: hp[key] for key in ('embed_dims', 'depths', 'num_heads')}
    backbone = dict(type='TPSSwin', arch=arch)
    for key in ('img_size', 'num_frames', 'patch_size', 'window_size'):
        backbone[key] = hp[key]
    return backbone, dict(type='I3DHead', in_channels=32)


MODELS = {'xvit': xvit_model, 'laps-vit': laps_model, 'tps': tps_model}


@torch.no_grad()
def logits(model, video):
    return model.cls_head(model.backbone(video))


@pytest.mark.parametrize(
    ('name', 'source'),
    [
        ('xvit_clip4_div4', 'xvit'),
        ('xvit_clip8_div8_span4', 'xvit'),
        ('laps_vit_clip8', 'laps-vit'),
        ('tps_swin_clip32', 'tps'),
    ],
)
def test_authors_file_is_published_and_scores(name, source, tool, tmp_path):
    reference = torch.load(ROOT / f'tests/data/{name}.pt')
    hparams = reference['hparams']
    backbone, head = MODELS[source](hparams)
    head = dict(in_channels=hparams['embed_dims'], num_classes=5) | head
    config = tmp_path / f'{name}.py'
    view = [
        dict(type='UniformSample', clip_len=hparams['num_frames']),
        dict(type='CenterCrop', crop_size=hparams['img_size']),
        dict(type='FormatShape', input_format='NCTHW'),
    ]
    Config(
        dict(
            model=dict(type='Recognizer3D', backbone=backbone, cls_head=head),
            test_dataloader=dict(dataset=dict(pipeline=view)),
        )
    ).dump(config)
    authors, converted = tmp_path / 'authors.pth', tmp_path / 'converted.pth'
    torch.save(reference['checkpoint'], authors)

    assert tool('convert_checkpoint', source, authors, converted)[0] == 0
    assert tool('verify_checkpoint', config, converted)[0] == 0
    zoo, hub = tmp_path / 'zoo', tmp_path / 'hub'
    assert tool('publish_model', config, converted, f'{zoo}/', '--hub-folder', hub)[0] == 0
    assert tool('publish_model', config, converted, zoo / 'st', '--safetensors')[0] == 0
    (pth,), (safetensors,) = zoo.glob('*.pth'), zoo.glob('*.safetensors')
    for file in (pth, safetensors):
        code, printed = tool('verify_checkpoint', config, file)
        assert code == 0 and 'no hash' not in printed, printed

    video = reference['video'].float() / 64
    trained = logits(init_recognizer(str(config), str(converted), 'cpu'), video)
    assert (trained - reference['logits']).norm() < 1e-5 * reference['logits'].norm()
    for model in (
        init_recognizer(str(config), str(pth), 'cpu'),
        init_recognizer(str(config), str(safetensors), 'cpu'),
        from_pretrained(hub),
    ):
        assert torch.equal(logits(model, video), trained)


@pytest.fixture
def model():
    return build_recognizer(Config.fromfile(CONFIG))


@pytest.fixture
def checkpoint(model, tmp_path):
    """As training saves it, with more than weights."""
    path = tmp_path / 'epoch_8.pth'
    torch.save(training_checkpoint(model), path)
    return path


def training_checkpoint(model):
    optimizer = torch.optim.AdamW(model.parameters())
    return dict(
        meta=dict(cfg=Config.fromfile(CONFIG).pretty_text, epoch=8, dataset_meta={}),
        state_dict=model.state_dict(),
        optimizer=optimizer.state_dict(),
        param_schedulers=[],
        message_hub=dict(log_scalars={'train/loss': HistoryBuffer([1.0], [1])}),
    )


def test_only_weights_config_classes_and_versions_are_kept(checkpoint, tool, tmp_path):
    labels = tmp_path / 'classes.txt'
    labels.write_text(''.join(f'class {i}\n' for i in range(8)))
    arguments = (CONFIG, checkpoint, tmp_path / 'zoo/name', '--labels', labels)
    code, printed = tool('publish_model', *arguments)
    (file,) = tmp_path.glob('zoo/*.pth')
    assert code == 0 and str(file) in printed
    assert re.fullmatch(r'name_\d{8}-[0-9a-f]{8}\.pth', file.name)
    assert file.stem.endswith(f'-{short_hash(file)}')
    assert torch.serialization.get_unsafe_globals_in_checkpoint(file) == []

    published, trained = torch.load(file), torch.load(checkpoint)
    assert set(published) == {'meta', 'state_dict'}
    assert set(published['state_dict']) == set(trained['state_dict'])
    for key, value in trained['state_dict'].items():
        assert torch.equal(published['state_dict'][key], value)
    meta = published['meta']
    assert meta['cfg'] == Config.fromfile(CONFIG).pretty_text
    assert meta['dataset_meta']['classes'] == [f'class {i}' for i in range(8)]
    assert {key for key in meta if key.endswith('_version')} == {
        f'{name}_version' for name in ('mmengine', 'mmaction', 'torch', 'xvit')
    }


def test_averaged_weights_are_published(model, tool, tmp_path):
    """With mmengine's own hook: it averages, and saves."""
    hook = EMAHook(momentum=0.25)
    runner = SimpleNamespace(model=model, iter=0, epoch=0)
    hook.before_run(runner)
    first = model.cls_head.fc_cls.weight.detach().clone()
    hook.after_train_iter(runner, 0)  # The average begins as a copy.
    with torch.no_grad():
        model.cls_head.fc_cls.weight += 1
    hook.after_train_iter(runner, 1)
    saved = training_checkpoint(model)
    hook.before_save_checkpoint(runner, saved)
    torch.save(saved, tmp_path / 'ema.pth')

    assert tool('publish_model', CONFIG, tmp_path / 'ema.pth', tmp_path / 'zoo/x')[0] == 0
    (file,), (card,) = tmp_path.glob('zoo/*.pth'), tmp_path.glob('zoo/*.md')
    published = torch.load(file)
    assert set(published) == {'meta', 'state_dict'}
    weight = published['state_dict']['cls_head.fc_cls.weight']
    torch.testing.assert_close(weight, first + 0.25)
    assert 'moving average' in card.read_text()


def test_card_tells_all(checkpoint, tool, tmp_path):
    facts = ('--metric', 'top-1=97.5 %', '--metric', 'top-5=100 %', '--data', 'motion')
    facts += ('--measured-by', 'tools/test.py', '--license', 'Apache-2.0')
    facts += ('--throughput', '12 clips/s on one core')
    hub = tmp_path / 'hub'
    out = (tmp_path / 'zoo/name', '--hub-folder', hub)
    assert tool('publish_model', CONFIG, checkpoint, *out, *facts)[0] == 0
    (file,), (card,) = tmp_path.glob('zoo/*.pth'), tmp_path.glob('zoo/*.md')
    assert card.stem == file.stem
    for text, load in (
        (card.read_text(), f"init_recognizer('xvit_motion.py', '{file.name}'"),
        ((hub / 'README.md').read_text(), "from_pretrained('hub')"),
    ):
        assert load in text and 'license: apache-2.0' in text
        assert '| top-1 | 97.5 % | tools/test.py |' in text
        assert '| top-5 | 100 % | tools/test.py |' in text
        assert '| throughput | 12 clips/s on one core |' in text
        assert '| training data | motion |' in text and '| parameters | 0.256 M |' in text
        assert (
            'one view of 8 x 64 x 64' in text and '@inproceedings{bulat2021space,' in text
        )


def test_card_does_not_make_up_what_is_not_given(checkpoint, tool, tmp_path):
    assert tool('publish_model', CONFIG, checkpoint, tmp_path / 'zoo/name')[0] == 0
    (card,) = tmp_path.glob('zoo/*.md')
    text = card.read_text()
    assert 'throughput' not in text and 'None stated.' in text
    assert '| training data | not stated |' in text and '| license | not stated |' in text


def test_nothing_is_overwritten(checkpoint, tool, tmp_path):
    zoo, hub = tmp_path / 'zoo', tmp_path / 'hub'
    assert tool('publish_model', CONFIG, checkpoint, zoo / 'name')[0] == 0
    before = {path: path.read_bytes() for path in zoo.iterdir()}
    code, printed = tool('publish_model', CONFIG, checkpoint, zoo / 'name')
    assert code == 1 and 'is not overwritten' in printed
    hub.mkdir()
    arguments = (CONFIG, checkpoint, zoo / 'other', '--hub-folder', hub)
    assert tool('publish_model', *arguments)[0] == 1
    assert {path: path.read_bytes() for path in zoo.iterdir()} == before
    assert not list(hub.iterdir())


class Runs:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def truncated(path, saved):
    path.write_bytes(path.read_bytes()[:-1000])


def of_wrong_hash(path, saved):
    path.rename(path.with_name('epoch_20250101-01234567.pth'))


def running_code(path, saved):
    torch.save(dict(saved, hook=Runs(path.parent / 'it_ran')), path)


def with_nan(path, saved):
    saved['state_dict']['backbone.cls_token'][0, 0, 3] = float('nan')
    torch.save(saved, path)


def of_tps(path, saved):
    saved['meta']['cfg'] = saved['meta']['cfg'].replace("'XViT'", "'TPSViT'")
    torch.save(saved, path)


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (truncated, 'is truncated or no PyTorch file'),
        (of_wrong_hash, 'its name says 01234567'),
        (running_code, 'loading it would run code of .*mkdir'),
        (with_nan, 'backbone.cls_token has NaN or infinity in 1 of 64'),
        (of_tps, "type: 'TPSViT' in the checkpoint, 'XViT' in the config"),
    ],
)
@pytest.mark.parametrize('name', ['publish_model', 'verify_checkpoint'])
def test_bad_checkpoint_is_refused(name, spoil, message, checkpoint, tool, tmp_path):
    spoil(checkpoint, torch.load(checkpoint))
    (path,) = tmp_path.glob('epoch_*.pth')
    out, hub = tmp_path / 'zoo/x', tmp_path / 'hub'
    more = (out, '--hub-folder', hub) if name == 'publish_model' else ()
    code, printed = tool(name, CONFIG, path, *more)
    assert code == 1 and re.search(message, printed), printed
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        ('laps_motion', "'LAPSViT' in the config.*8 entries in the checkpoint, 0 in"),
        ('tps_motion', "'TPSSwin' in the config"),
        ('none', 'does not exist|such file'),
    ],
)
def test_another_methods_config_is_refused(config, message, checkpoint, tool, tmp_path):
    config = ROOT / f'configs/{config}.py'
    code, printed = tool('publish_model', config, checkpoint, tmp_path / 'zoo/x')
    assert code == 1 and re.search(message, printed, flags=re.DOTALL), printed
    assert not (tmp_path / 'zoo').exists()


@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        (('--labels', CONFIG), 1, 'class names, but the model has 8 classes'),
        (('--labels', 'nowhere.txt'), 1, 'nowhere.txt'),
        (('--metric', 'top-1'), 2, "must be name=value, got 'top-1'"),
        (('--metric', 'top-1=1'), 2, '--metric needs --measured-by'),
    ],
)
def test_bad_arguments_are_named(arguments, code, message, checkpoint, tool, tmp_path):
    out = tmp_path / 'zoo/x'
    assert (done := tool('publish_model', CONFIG, checkpoint, out, *arguments))[0] == code
    assert message in done[1] and not out.parent.exists()


def test_a_failing_move_undoes_those_before(tmp_path):
    part = tmp_path / 'part'
    part.write_text('x')
    targets = tmp_path / 'first', tmp_path / 'second'
    with pytest.raises(FileNotFoundError):
        put_in_place({part: targets[0], tmp_path / 'missing': targets[1]})
    assert not any(target.exists() for target in targets)


def test_folder_without_weights_is_named(tmp_path):
    (tmp_path / 'config.py').touch()
    with pytest.raises(FileNotFoundError, match=r'has no model\.safetensors'):
        inferencer_args(tmp_path)
