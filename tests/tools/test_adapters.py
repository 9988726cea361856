"""Training a PeftBackbone by the commands: killed, resumed, sharded, tested and merged."""

import signal

import pytest
import timm
import torch
from commands import fault, finish, last_checkpoint, losses, options, run, same, start
from mmengine.fileio import load

CONFIG = 'tests/data/tiny_lora_motion.py'
HOST = 'model.backbone.backbone'


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """``--cfg-options`` for a host whose weights are in a file."""
    path = tmp_path_factory.mktemp('host') / 'image.pth'
    small = dict(img_size=32, patch_size=16, embed_dim=16, depth=2, num_heads=2)
    image = timm.create_model('vit_small_patch16_dinov3', num_classes=0, **small)
    torch.save(image.state_dict(), path)
    return {f'{HOST}.init_cfg.type': 'Pretrained', f'{HOST}.init_cfg.checkpoint': path}


def train(work, motion, **extra):
    extra = {'train_cfg.max_epochs': 2, **extra}
    resume = ['--resume'] if (work / 'last_checkpoint').exists() else []
    command = ('python', 'tools/train.py', CONFIG, '--work-dir', work, *resume)
    return start(*command, *options(motion, **extra))


@pytest.fixture(scope='module')
def whole(motion, weights, tmp_path_factory):
    """The work folder of a run that nothing interrupted."""
    work = tmp_path_factory.mktemp('whole')
    code, output = finish(train(work, motion, **weights))
    assert code == 0, output[-4000:]
    return work


@pytest.mark.slow
def test_killed_run_resumes_to_the_last_bit(whole, motion, weights, tmp_path):
    work = tmp_path / 'work'
    code, output = finish(train(work, motion, **weights, **fault('KillHook', iteration=6)))
    assert code == -signal.SIGKILL, output[-4000:]
    code, output = finish(train(work, motion, **weights))
    assert code == 0 and 'resumed epoch: 1' in output, output[-4000:]
    assert losses(work) == losses(whole)
    one, other = last_checkpoint(work), last_checkpoint(whole)
    for part in ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers'):
        assert same(one[part], other[part]), part
    assert not any('base_layer' in key for key in one['state_dict'])
    assert any('lora_A' in key for key in one['ema_state_dict'])


@pytest.mark.slow
def test_merged_checkpoint_scores_the_same_and_is_verified(
    whole, motion, weights, tmp_path
):
    checkpoint = (whole / 'last_checkpoint').read_text()
    # The config that training left there has the host's file.
    out = tmp_path / 'merged.pth'
    run('python', 'tools/merge_adapters.py', whole / 'tiny_lora_motion.py', checkpoint, out)
    merged = out.with_suffix('.py')
    printed = run('python', 'tools/verify_checkpoint.py', merged, out)
    assert 'fits' in printed and 'problem' not in printed

    def scores(config, weights):
        dump = tmp_path / 'scores.pkl'
        arguments = ('--work-dir', tmp_path / 'work', '--dump', dump)
        run('python', 'tools/test.py', config, weights, *arguments)
        return [sample['pred_score'] for sample in load(dump)]

    # Test the adapters: their host is loaded from its file again.
    before = scores(whole / 'tiny_lora_motion.py', checkpoint)
    for one, other in zip(before, scores(merged, out), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)

    code, output = finish(
        start('python', 'tools/merge_adapters.py', merged, out, tmp_path / 'again.pth')
    )
    assert code == 1 and 'model.backbone must be a PeftBackbone' in output
    assert 'Traceback' not in output and not (tmp_path / 'again.pth').exists()


@pytest.mark.slow
def test_fsdp_trains_and_resumes(motion, weights, tmp_path):
    fsdp = {
        'runner_type': 'FlexibleRunner',
        'strategy.type': 'FSDPStrategy',
        'strategy.model_wrapper.type': 'MMFullyShardedDataParallel',
        'strategy.model_wrapper.use_orig_params': True,
        'strategy.state_dict_cfg': 'full',
        'optim_wrapper.clip_grad': None,
        'custom_hooks': '[]',
        'param_scheduler': None,  # It would follow from the number of epochs.
        'train_dataloader.batch_size': 4,
        'train_cfg.val_interval': 99,
    }
    work = tmp_path / 'work'
    for epochs in (1, 2):
        resume = ['--resume'] if epochs == 2 else []
        extra = fsdp | weights | {'train_cfg.max_epochs': epochs}
        command = ('bash', 'tools/dist_train.sh', CONFIG, 2, '--work-dir', work, *resume)
        code, output = finish(start(*command, *options(motion, **extra)))
        assert code == 0, output[-4000:]
    checkpoint = last_checkpoint(work)
    assert checkpoint['meta']['epoch'] == 2
    moved = {k for k in checkpoint['state_dict'] if 'lora_B' in k}
    assert moved and all(checkpoint['state_dict'][key].any() for key in moved)
