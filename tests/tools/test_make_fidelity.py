"""configs/FIDELITY.md: not stale, complete, and its verdicts follow the configs."""

import sys
from pathlib import Path

import pytest
import yaml
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import make_fidelity as tool  # noqa: E402


@pytest.fixture(scope='module')
def fidelity():
    return tool.Fidelity(yaml.safe_load(tool.DATA.read_text()))


def motion(**options):
    """A small config, changed as by ``--cfg-options``."""
    cfg = Config.fromfile(ROOT / 'configs/xvit_motion.py')
    cfg.merge_from_dict({key.replace('__', '.'): value for key, value in options.items()})
    return cfg


@pytest.mark.slow
def test_page_is_not_stale(fidelity):
    page = tool.PAGE.read_text()
    assert fidelity.page() == page, 'run python tools/make_fidelity.py'


def test_every_config_is_compared(fidelity):
    names = {path.stem for path in (ROOT / 'configs').glob('*.py')}
    # The toy models are this project's own, and so are the recipes with today's image
    # models; DeepSpeed is another strategy, and the fast recipe is this project's own.
    own = {
        name
        for name in names
        if 'motion' in name or name.startswith(('lora_', 'full_', 'probe_'))
    }
    own |= {'xvit_ssv2_deepspeed', 'xvit_ssv2_fast'}
    assert fidelity.given.keys() == names - own


def test_a_changed_config_changes_the_verdict(fidelity):
    """Of the item that is changed, and of no other."""
    given = fidelity.given['xvit_ssv2']
    cfg = Config.fromfile(ROOT / 'configs/xvit_ssv2.py')
    verdicts = []
    for average in ('score', 'prob'):
        cfg.model.cls_head.average_clips = average
        ours = fidelity.describer.describe(cfg)
        verdicts.append({i for i in ours if given[i]['authors'] != ours[i]})
    assert verdicts[1] - verdicts[0] == {'what views average'}
    assert verdicts[0] < verdicts[1]


CHANGES = [
    (dict(model__backbone__window=0), {'backbone'}),
    (dict(model__backbone__drop_path_rate=0.1), {'drop path'}),
    (dict(model__cls_head__dropout_ratio=0.3), {'dropout'}),
    (dict(model__cls_head__label_smooth_eps=0.1), {'label smoothing'}),
    (dict(model__data_preprocessor__mean=[0, 0, 0]), {'mean and deviation'}),
    (
        dict(
            model__data_preprocessor__blending=dict(
                type='MixupBlending', num_classes=8, alpha=0.2
            )
        ),
        {'mixing of clips'},
    ),
    (dict(load_from='other.pth'), {'starts from'}),
    (dict(optim_wrapper__optimizer__lr=1), {'learning rate', 'schedule'}),
    (dict(optim_wrapper__optimizer__weight_decay=1), {'weight decay'}),
    (dict(optim_wrapper__optimizer__betas=(0.5, 0.5)), {'optimizer'}),
    (dict(optim_wrapper__paramwise_cfg=dict(norm_decay_mult=0)), {'weight decay'}),
    (dict(optim_wrapper__clip_grad=None), {'clipping'}),
    (dict(optim_wrapper__accumulative_counts=2), {'batches a step'}),
    (dict(optim_wrapper__type='AmpOptimWrapper'), {'precision'}),
    (dict(custom_hooks=[dict(type='EMAHook')]), {'EMA'}),
    (dict(train_dataloader__batch_size=1), {'clips on a GPU'}),
    (dict(auto_scale_lr__base_batch_size=1), {'clips on all GPUs'}),
    (dict(train_cfg__max_epochs=9), {'schedule'}),
]


@pytest.mark.parametrize('options, items', CHANGES, ids=[str(c[0])[:40] for c in CHANGES])
def test_items_that_a_change_is_seen_in(fidelity, options, items):
    describe = fidelity.describer.describe
    before, after = describe(motion()), describe(motion(**options))
    assert {item for item in before if before[item] != after[item]} == items


def test_pieces_of_the_augmentation(fidelity):
    pieces = fidelity.describer.pieces(
        [
            Config(dict(type='RandomCrop', size=64)),
            Config(dict(type='NewShades', strength=(0.5, 2.0))),
            Config(dict(type='Flip', flip_ratio=0.5, lazy=True)),
        ]
    )
    assert pieces['scale and crop'] == 'a square of 64 anywhere'
    assert pieces['colours'] == 'NewShades(strength=0.5, 2)'
    assert pieces['flip'] == 'probability 0.5, lazy yes'
    assert pieces['erasing'] == 'none'
    assert pieces['order of these'] == 'scale and crop, colours, flip'


def test_a_part_whose_parameters_differ_is_told(fidelity):
    paramwise = dict(custom_keys={'cls_head.fc_cls.bias': dict(decay_mult=0.0)})
    cfg = motion(optim_wrapper__paramwise_cfg=paramwise)
    decay = fidelity.describer.describe(cfg)['weight decay']
    assert decay == '0.05; 0 for some classifier biases'


def test_first_weights_are_measured(fidelity):
    cfg = Config.fromfile(ROOT / 'configs/laps_motion.py')
    cfg.model.cls_head.init_std = 0.3
    weights = fidelity.describer.describe(cfg)["head's first weights"]
    assert weights == 'weights normal, deviation 0.3; biases zero'


def test_why_is_for_rows_that_differ(fidelity):
    def row(authors, why=''):
        return fidelity.row('config', 'views', '1 x 3', authors, 'xvit a/b.py', why)

    assert row('1 x 3').same == 'yes'
    assert row('2 x 3', 'Because.').same == 'no'
    assert row('not said', 'Because.').same == 'not said'
    number = fidelity.links[f'{fidelity.data["sources"]["xvit"]}a/b.py']
    assert row('1 x 3').source == f'[b.py][{number}]'
    for authors, why, problem in [
        ('1 x 3', 'Because.', 'needs no why'),
        ('2 x 3', '', 'needs a why'),
        ('not said', '', 'needs a why'),
    ]:
        with pytest.raises(ValueError, match=problem):
            row(authors, why)


def test_every_item_needs_a_row(fidelity, monkeypatch):
    ours = {'views': '1 x 3', 'flip': 'none'}
    other = {'views': '2 x 3', 'flip': 'none'}
    monkeypatch.setattr(fidelity, 'described', {'main': ours, 'other': other})
    view = {'views': dict(authors='1 x 3')}
    monkeypatch.setattr(fidelity, 'given', {'main': view, 'other': {}})
    with pytest.raises(ValueError, match='for flip'):
        fidelity.rows('main')
    with pytest.raises(ValueError, match='for views'):
        fidelity.rows('other', like='main')
    fidelity.given['other'] = {'views': dict(authors='2 x 3')}
    assert [row.item for row in fidelity.rows('other', like='main')] == ['views']
    fidelity.given['main'] = {**view, 'flip': dict(authors='none'), 'veiws': view['views']}
    with pytest.raises(ValueError, match='no item is named veiws'):
        fidelity.rows('main')


def test_stale_page_is_told_and_mended(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, 'PAGE', tmp_path / 'FIDELITY.md')
    monkeypatch.setattr(tool.Fidelity, 'page', lambda self: 'new\n')
    monkeypatch.setattr(sys, 'argv', ['make_fidelity.py', '--check'])
    with pytest.raises(SystemExit) as failed:
        tool.main()
    assert failed.value.code == 1 and not tool.PAGE.exists()
    monkeypatch.setattr(sys, 'argv', ['make_fidelity.py'])
    tool.main()
    assert tool.PAGE.read_text() == 'new\n'
    tool.main()
    assert 'is up to date' in capsys.readouterr().out
