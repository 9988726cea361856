"""X-ViT in plain loops, from the authors' own parameter names to the logits.

It goes frame by frame, head by head and query by query, as the paper describes it, and uses
nothing of the package.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm


def logits(weights: dict[str, Tensor], video: Tensor, hp: dict) -> Tensor:
    """``(N, 3, T, H, W)`` -> ``(N, num_classes)``; ``hp`` as in the reference files."""
    weights = {key: value.double() for key, value in weights.items()}
    return torch.stack([_clip(weights, clip.double(), hp) for clip in video])


def _clip(w: dict[str, Tensor], clip: Tensor, hp: dict) -> Tensor:
    num_frames = clip.shape[1]
    frames = []
    for t in range(num_frames):
        tokens = [w['base_model.cls_token'][0, 0], *_patches(w, clip[:, t], hp)]
        entry = t % w['base_model.temp_embed'].shape[1]
        for i in range(len(tokens)):
            tokens[i] = (
                tokens[i]
                + w['base_model.pos_embed'][0, i]
                + w['base_model.temp_embed'][0, entry, 0]
            )
        frames.append(torch.stack(tokens))
    for layer in range(hp['num_layers']):
        frames = _block(w, f'base_model.blocks.{layer}.', frames, hp['num_heads'], hp, 1e-6)
    norm = 'base_model.norm.'
    tokens = [_norm(w, norm, frame[:1], 1e-6)[0] for frame in frames]

    sequence = torch.stack([w['consensus.cls_token'][0, 0], *tokens])
    for layer in range(hp['head_layers']):
        name = f'consensus.temporal_encoder.{layer}.'
        (sequence,) = _block(w, name, [sequence], hp['head_heads'], None, 1e-5)
    x = _norm(w, 'consensus.mlp_head.0.', sequence[:1], 1e-5)
    x = gelu(_linear(w, 'consensus.mlp_head.1.', x))
    return _linear(w, 'consensus.mlp_head.4.', x)[0]


def _patches(w: dict[str, Tensor], frame: Tensor, hp: dict) -> list[Tensor]:
    kernel, bias = (w[f'base_model.patch_embed.proj.{k}'] for k in ('weight', 'bias'))
    size = hp['patch_size']
    return [
        torch.stack([(k * frame[:, r : r + size, c : c + size]).sum() for k in kernel])
        + bias
        for r in range(0, frame.shape[1], size)
        for c in range(0, frame.shape[2], size)
    ]


def _block(w, name, frames, num_heads, hp, eps) -> list[Tensor]:
    """A pre-norm layer on every frame; keys and values are mixed if ``hp`` is given."""
    qkv = [
        _linear(w, f'{name}attn.qkv.', _norm(w, f'{name}norm1.', x, eps)) for x in frames
    ]
    q, k, v = (list(part) for part in zip(*(x.chunk(3, dim=-1) for x in qkv)))
    if hp is not None:
        k, v = _mix(k, hp), _mix(v, hp)
    out = []
    for x, *parts in zip(frames, q, k, v):
        x = x + _linear(w, f'{name}attn.proj.', _attend(*parts, num_heads))
        hidden = gelu(_linear(w, f'{name}mlp.fc1.', _norm(w, f'{name}norm2.', x, eps)))
        out.append(x + _linear(w, f'{name}mlp.fc2.', hidden))
    return out


def _mix(frames: list[Tensor], hp: dict) -> list[Tensor]:
    """Channels [0, f) come from frame t+1, [f, 2f) from t-1, inside each span."""
    f, span = frames[0].shape[-1] // hp['shift_div'], hp['shift_span']
    mixed = []
    for t, own in enumerate(frames):
        x = own.clone()
        for group, source in enumerate((t + 1, t - 1)):
            channels = slice(group * f, (group + 1) * f)
            inside = 0 <= source < len(frames) and source // span == t // span
            x[:, channels] = frames[source][:, channels] if inside else 0.0
        mixed.append(x)
    return mixed


def _attend(q: Tensor, k: Tensor, v: Tensor, num_heads: int) -> Tensor:
    d = q.shape[-1] // num_heads
    out = torch.zeros_like(q)
    for head in range(num_heads):
        part = slice(head * d, (head + 1) * d)
        for i in range(len(q)):
            scores = [float(q[i, part] @ k[j, part]) / math.sqrt(d) for j in range(len(k))]
            weights = [math.exp(score - max(scores)) for score in scores]
            for j, weight in enumerate(weights):
                out[i, part] += weight / sum(weights) * v[j, part]
    return out


def _norm(w: dict[str, Tensor], name: str, x: Tensor, eps: float) -> Tensor:
    return layer_norm(x, x.shape[-1:], w[f'{name}weight'], w[f'{name}bias'], eps)


def _linear(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x @ w[f'{name}weight'].T + w.get(f'{name}bias', 0.0)
