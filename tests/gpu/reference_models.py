"""The authors' models of ``tests/data`` with their weights, on any device."""

from pathlib import Path

import torch
from mmaction.models.heads import I3DHead
from torch import Tensor, nn

from projects.xvit.checkpoints import convert_laps_vit, convert_tps, convert_xvit
from projects.xvit.models import (
    FrameAverageHead,
    LAPSViT,
    TemporalAttentionHead,
    TPSSwin,
    XViT,
)

DATA = Path(__file__).parents[1] / 'data'
VIT = ('embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')


def xvit(hp: dict, checkpoint: dict) -> tuple[nn.Module, nn.Module, dict[str, Tensor]]:
    """Backbone, head and converted weights."""
    backbone = XViT(
        {key: hp[key] for key in VIT},
        img_size=hp['img_size'],
        patch_size=hp['patch_size'],
        num_frames=hp['num_frames'],
        shift_div=hp['shift_div'],
        mix_span=hp['shift_span'] if hp['shift_span'] < hp['num_frames'] else None,
    )
    sizes = ('num_classes', 'embed_dims', 'head_layers', 'head_heads', 'head_hidden')
    head = TemporalAttentionHead(*(hp[key] for key in sizes))
    return backbone, head, convert_xvit(checkpoint['model_state'])


def laps_vit(hp: dict, checkpoint: dict) -> tuple[nn.Module, nn.Module, dict[str, Tensor]]:
    """Backbone, head and converted weights."""
    backbone = LAPSViT(
        {key: hp[key] for key in VIT},
        img_size=hp['img_size'],
        patch_size=hp['patch_size'],
        num_frames=hp['num_frames'],
        leap_levels=hp['levels'],
        shift_div=hp['fold_div'],
    )
    head = FrameAverageHead(hp['num_classes'], hp['embed_dims'])
    return backbone, head, convert_laps_vit(checkpoint['state_dict'])


def tps_swin(hp: dict, checkpoint: dict) -> tuple[nn.Module, nn.Module, dict[str, Tensor]]:
    """Backbone, head and converted weights."""
    backbone = TPSSwin(
        arch={key: hp[key] for key in ('embed_dims', 'depths', 'num_heads')},
        img_size=hp['img_size'],
        num_frames=hp['num_frames'],
        patch_size=hp['patch_size'],
        window_size=hp['window_size'],
    )
    head = I3DHead(hp['num_classes'], in_channels=32)
    return backbone, head, convert_tps(checkpoint['state_dict'])


BUILD = {
    'xvit_clip4_div4': xvit,
    'xvit_clip8_div8_span4': xvit,
    'laps_vit_clip8': laps_vit,
    'tps_swin_clip32': tps_swin,
}


def reference(name: str) -> tuple[nn.ModuleDict, dict]:
    """The model in evaluation mode, and what the file holds."""
    ref = torch.load(DATA / f'{name}.pt', weights_only=True)
    backbone, head, weights = BUILD[name](ref['hparams'], ref['checkpoint'])
    model = nn.ModuleDict(dict(backbone=backbone, cls_head=head)).eval()
    model.load_state_dict(weights, strict=True)
    return model, ref
