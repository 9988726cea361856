"""Describe a config in words: its model, optimizer, pipelines and views.

A module is described by a template such as ``RandomCrop: a square of {size} anywhere``. The
module's arguments fill it in, with defaults where the config gives none. Arguments that the
template does not have are added if they differ from the default. A module without a
template is shown as its name and the config's arguments. ``describe_model.py`` adds what
can only be seen in the built model.
"""

import inspect
from pathlib import Path
from string import Formatter

from describe_model import (
    drop_path,
    dropout,
    first_weights,
    groups,
    temporal_embedding,
    without_random_values,
)
from make_metafile import views
from mmaction.registry import HOOKS, MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import OPTIM_WRAPPERS, OPTIMIZERS, PARAM_SCHEDULERS

from projects.xvit.analysis import build_recognizer, view_shape

PLUMBING = ('DecordInit', 'SegmentInit', 'DecordDecode', 'FormatShape', 'PackActionInputs')
# A transform belongs to the first of these pieces whose key is in its name.
PIECES = {
    'Flip': 'flip',
    'Eras': 'erasing',
    'Crop': 'scale and crop',
    'Resize': 'scale and crop',
    'Rescale': 'scale and crop',
    'Scale': 'scale and crop',
    '': 'colours',
}
# Arguments with a row of their own, or without effect on the result.
ELSEWHERE = {
    *('average_clips', 'convert_to_iter_based', 'drop_path_rate', 'dropout_ratio'),
    *('in_channels', 'init_cfg', 'init_std', 'label_smooth_eps', 'lr', 'num_classes'),
    *('priority', 'start_factor', 'temporal_embed_frames', 'test_mode', 'weight_decay'),
    'with_cp',
}
AVERAGED = {None: 'nothing', 'score': 'scores before the softmax', 'prob': 'probabilities'}


class Describer:
    """Describes configs with given words.

    Args:
        words (dict[str, str]): Templates by key. ``TYPE`` is a module, ``TYPE in testing``
            one with ``test_mode=True``, and ``TYPE.ARGUMENT`` an argument that is added.
            Other keys are names of files.
    """

    def __init__(self, words: dict[str, str]) -> None:
        self.words = words

    def describe(self, cfg: Config) -> dict[str, str]:
        """The items of a recipe, in the order of the page."""
        train, test = (
            [step for step in loader.dataset.pipeline if step.type not in PLUMBING]
            for loader in (cfg.train_dataloader, cfg.test_dataloader)
        )
        with without_random_values():
            model = build_recognizer(cfg)
        head = MODELS.build(cfg.model.cls_head)
        preprocessor = cfg.model.data_preprocessor
        optim = cfg.optim_wrapper
        hooks = cfg.get('custom_hooks', [])
        return {
            'backbone': self.module(cfg.model.backbone, MODELS),
            'temporal embedding': temporal_embedding(model.backbone),
            'starts from': self.start(cfg),
            'head': self.module(cfg.model.cls_head, MODELS),
            "head's first weights": first_weights(head),
            'dropout': dropout(model, view_shape(cfg)[2]),
            'drop path': drop_path(model, view_shape(cfg)),
            'label smoothing': f'{cfg.model.cls_head.get("label_smooth_eps", 0):g}',
            'mixing of clips': self.module(preprocessor.get('blending'), MODELS),
            'frames, training': '; '.join(
                self.module(step, TRANSFORMS) for step in train if 'clip_len' in step
            ),
            **self.pieces(train),
            'frames, testing': '; '.join(
                self.module(step, TRANSFORMS) for step in test if 'clip_len' in step
            ),
            'crops, testing': self.pieces(test)['scale and crop'],
            'views': views(cfg),
            'what views average': AVERAGED[cfg.model.cls_head.get('average_clips')],
            'mean and deviation': f'{self.show(preprocessor.mean)}; '
            f'{self.show(preprocessor.std)}',
            'optimizer': self.module(optim.optimizer, OPTIMIZERS),
            **groups(model, cfg),
            'clips on a GPU': str(cfg.train_dataloader.batch_size),
            'clips on all GPUs': str(cfg.auto_scale_lr.base_batch_size),
            'batches a step': str(optim.get('accumulative_counts', 1)),
            'schedule': self.schedule(cfg),
            'clipping': self.show(optim.get('clip_grad')),
            'precision': self.precision(optim),
            'EMA': self.hooks(hooks, 'EMA'),
            'statistics of batch norms': self.hooks(hooks, 'PreciseBN'),
        }

    def show(self, value) -> str:
        """A value of a config."""
        if value is inspect.Parameter.empty:
            return 'all'
        if value is None or isinstance(value, bool):
            return {None: 'none', True: 'yes', False: 'no'}[value]
        if isinstance(value, float):
            return f'{value:.6g}'
        if isinstance(value, dict):
            if 'type' in value:
                return self.module(value, MODELS)
            return ', '.join(f'{key} {self.show(v)}' for key, v in value.items())
        if isinstance(value, (list, tuple)):
            nested = any(isinstance(v, (list, tuple)) for v in value)
            return (' and ' if nested else ', ').join(map(self.show, value))
        return str(value)

    def module(self, part: dict | None, registry, **more: str) -> str:
        """A module of a config, by its template or by its name and arguments."""
        if part is None:
            return 'none'
        part = dict(part)
        name = part.pop('type')
        short = name.split('.')[-1]
        template = self.words.get(f'{short} in testing' if part.get('test_mode') else short)
        if template is None:
            return f'{short}({", ".join(f"{k}={self.show(v)}" for k, v in part.items())})'
        values = {}
        for cls in reversed(inspect.getmro(registry.get(name))):
            signature = inspect.signature(cls.__init__)
            values.update((k, p.default) for k, p in signature.parameters.items())
        fields = {field for _, field, _, _ in Formatter().parse(template) if field}
        for key, value in part.items():
            shown = self.show(value)
            if key not in fields | ELSEWHERE and shown != self.show(values.get(key)):
                clause = self.words.get(f'{short}.{key}', f'{key} {{{key}}}')
                template += f', {clause}'
                fields.add(key)
        values.update(part)
        shown = {field: self.show(values[field]) for field in fields - more.keys()}
        return template.format(**shown, **more)

    def pieces(self, steps: list[dict]) -> dict[str, str]:
        """The transforms of the frames by piece, and the order of the pieces."""
        found: dict[str, list[str]] = {}
        for step in steps:
            if 'clip_len' not in step:
                piece = next(name for key, name in PIECES.items() if key in step.type)
                found.setdefault(piece, []).append(self.module(step, TRANSFORMS))
        told = {name: ', '.join(found.get(name, ['none'])) for name in PIECES.values()}
        return {**told, 'order of these': ', '.join(found) or 'none'}

    def start(self, cfg: Config) -> str:
        """The weights that training starts from."""
        image_weights = cfg.model.backbone.get('init_cfg') or {'checkpoint': 'random'}
        file = cfg.get('load_from') or image_weights['checkpoint']
        return self.words.get(file) or self.words.get(Path(file).name, file)

    def schedule(self, cfg: Config) -> str:
        """The factors of the learning rate."""
        rate = cfg.optim_wrapper.optimizer.lr
        factors = [
            self.module(
                part,
                PARAM_SCHEDULERS,
                start=f'{rate * part.get("start_factor", 1):.6g}',
                step='iteration' if part.get('convert_to_iter_based') else 'epoch',
            )
            for part in cfg.param_scheduler
        ]
        return f'{cfg.train_cfg.max_epochs} epochs: {", times ".join(factors)}'

    def precision(self, optim: dict) -> str:
        """The precision of training, which is that of the optimizer's wrapper."""
        others = ('optimizer', 'constructor', 'paramwise_cfg', 'accumulative_counts')
        part = {k: v for k, v in optim.items() if k not in (*others, 'clip_grad')}
        return self.module({'type': 'OptimWrapper', **part}, OPTIM_WRAPPERS)

    def hooks(self, hooks: list[dict], name: str) -> str:
        """The hooks whose type contains ``name``."""
        told = [self.module(hook, HOOKS) for hook in hooks if name in hook['type']]
        return ', '.join(told) or 'none'
