"""What an import changes in MMEngine, MMAction2, mmpretrain and PyTorch: all of it.

Run as a script, this file records every function, method, class, dict and set of theirs,
and every registry, before and after each import, and prints what differs.
"""

import gc
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

UPSTREAM = ('mmaction', 'mmcv', 'mmengine', 'mmpretrain', 'torch')
# What the plugin imports of theirs; it comes first, so that only changes are seen.
PRELOADED = (
    *('mmaction.apis', 'mmaction.datasets', 'mmaction.evaluation', 'mmaction.models'),
    *('mmengine._strategy', 'mmengine.analysis', 'mmpretrain.models'),
    'torch.distributed.fsdp',
)
REGISTERED = {
    'dataset': [
        'CachedFeatures',
        'CheckedVideoDataset',
        'EpicKitchensDataset',
        'StreamWindowsDataset',
    ],
    'metric': ['EpicMetric'],
    'model': [
        'AttentiveHead',
        'ChannelShift',
        'FrameAverageHead',
        'FrameConcatHead',
        'FramesAsVolume',
        'FrozenBackbone',
        'InnerFrames',
        'LAPSViT',
        'LAPSVisformer',
        'Leap',
        'MultiLabelHead',
        'MultiTaskHead',
        'PatchShift',
        'PeftBackbone',
        'ProbePreprocessor',
        'SummaryTokens',
        'TPSSwin',
        'TPSViT',
        'TemporalAttentionHead',
        'TimmVideoViT',
        'TokShiftViT',
        'VideoViT',
        'VideoVisformer',
        'XViT',
    ],
    'transform': [
        *('CenteredSampleFrames', 'ClipAutoAugment', 'ClipColorJitter', 'ClipImgAugment'),
        *('TorchCodecDecode', 'TorchCodecInit', 'ExactPyAVDecode', 'ExactPyAVInit'),
        *('ClipRandAugment', 'LabelAwareFlip', 'LinspaceSampleFrames', 'PillowResize'),
        *('SegmentInit', 'UniformSegmentSample'),
    ],
}
CLASSES = [
    *('HistoryBuffer', 'builtins.getattr', 'ndarray', 'dtype', 'Float32DType'),
    *('Float64DType', 'Int32DType', 'Int64DType', 'BoolDType'),
    *(f'numpy.{core}.multiarray._reconstruct' for core in ('core', '_core')),
    *(f'numpy.{core}.multiarray.scalar' for core in ('core', '_core')),
]
LOADER = 'mmengine.runner.checkpoint.CheckpointLoader'
ALLOWED = 'torch._weights_only_unpickler._marked_safe_globals_set'
OPERATORS = 'mmengine.analysis.complexity_analysis._DEFAULT_SUPPORTED_FLOP_OPS'
BACKENDS = (
    *(f'mmengine.fileio.{module}.backends' for module in ('backends', 'io')),
    'mmengine.fileio.backends.registry_utils.backends',
    'mmengine.fileio.file_client.FileClient._backends',
)
WRAPPERS = 'mmengine.model.wrappers'
# Where transformers is installed, models that need its older releases are left out.
MULTIMODAL = [
    f'{name}.utils.dependency.register_multimodal_placeholder'
    for name in ('mmaction', 'mmpretrain')
    if importlib.util.find_spec('transformers')
]
CHANGES = {
    # Names in MMAction2's registries, the loader of safetensors, what mmengine's
    # checkpoints hold, allowed, and the storage backend of shards.
    'projects.xvit': {
        *(f'+mmaction {r} {name}' for r, names in REGISTERED.items() for name in names),
        rf'+{LOADER}._schemes (?!https?://).*\.safetensors$',
        *(f'+{ALLOWED} {name}' for name in CLASSES),
        *(f'+{backends} tar_shards' for backends in BACKENDS),
        '+warning pkg_resources is deprecated',
        *MULTIMODAL,
    },
    'projects.xvit.engine': {
        '+mmaction hook AtomicCheckpointHook',
        '+mmaction hook EpochSeedHook',
        '+mmaction hook FeatureCacheHook',
        # Whole files.
        'mmengine.fileio.backends.local_backend.LocalBackend.put',
        'mmengine.fileio.backends.local_backend.LocalBackend.put_text',
        '+mmengine.hooks.checkpoint_hook.open',
        # Downloads, and why a checkpoint was refused.
        'mmengine.runner.checkpoint.load_url',
        f'{LOADER}.load_checkpoint',
        # Processes.
        *(f'mmengine.dist.utils._init_dist_{name}' for name in ('mpi', 'pytorch', 'slurm')),
        f'{WRAPPERS}.distributed.MMDistributedDataParallel.__init__',
        f'{WRAPPERS}.fully_sharded_distributed.MMFullyShardedDataParallel.__init__',
        'mmengine._strategy.fsdp.FSDPStrategy.__init__',
        'mmengine._strategy.fsdp.FSDPStrategy.load_optim_state_dict',
        'torch.utils.data.dataloader._MultiProcessingDataLoaderIter._try_get_data',
        # Measuring.
        f'+{OPERATORS} aten::scaled_dot_product_attention',
        'mmaction.models.recognizers.recognizer3d.Recognizer3D.extract_feat',
    },
}


@pytest.fixture(scope='module')
def changes():
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, __file__],
        env=os.environ | dict(PYTHONPATH=str(root)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize('name', CHANGES)
def test_an_import_changes_what_is_listed_here(name, changes):
    assert set(changes[name]) == CHANGES[name]


def record() -> dict[str, object]:
    """Whatever code upstream could be changed in, by name."""
    found = {f'warning {text}': text for text in warning_texts()}
    for module_name, module in list(sys.modules.items()):
        if module_name.split('.')[0] not in UPSTREAM:
            continue
        for name, value in list(vars(module).items()):
            note(found, f'{module_name}.{name}', value)
            if isinstance(value, type) and value.__module__ == module_name:
                for attribute, part in list(vars(value).items()):
                    note(found, f'{module_name}.{name}.{attribute}', part)
    for registry in gc.get_objects():
        if type(registry).__name__ == 'Registry':
            for name, value in registry.module_dict.items():
                found[f'{registry.scope} {registry.name} {name}'] = value
    return found


def note(found: dict, name: str, value: object) -> None:
    if callable(value) or isinstance(value, (classmethod, staticmethod, property)):
        found[name] = value
    elif isinstance(value, dict) and not name.endswith('__'):
        found |= {f'{name} {key}': v for key, v in value.items() if callable(v)}
    elif isinstance(value, set):
        labels = (part[-1] if isinstance(part, tuple) else part for part in value)
        found |= {f'{name} {getattr(x, "__qualname__", x)}': x for x in labels}


def warning_texts() -> list[str]:
    return [text.pattern for _, text, *_ in warnings.filters if text is not None]


def differences(before: dict, after: dict) -> list[str]:
    changed = [
        ('' if name in before else '+') + name
        for name, value in after.items()
        if before.get(name) is not value
    ]
    return changed + [f'-{name}' for name in before.keys() - after.keys()]


def import_upstream() -> None:
    """Import ``PRELOADED``, which needs what the repairs of the imports do."""
    name = 'mmaction.models.localizers.drn'
    drn = types.ModuleType(f'{name}.drn')
    drn.DRN = type('DRN', (), {})
    package = types.ModuleType(name)
    package.__path__ = []
    sys.modules |= {name: package, drn.__name__: drn}
    warnings.simplefilter('ignore')
    for name in ('mmaction', 'mmpretrain'):
        # Else these import transformers, of which a new release lacks names.
        importlib.import_module(f'{name}.utils.dependency').WITH_MULTIMODAL = False
    for name in PRELOADED:
        importlib.import_module(name)


if __name__ == '__main__':
    import_upstream()
    before, changes = record(), {}
    for name in CHANGES:
        importlib.import_module(name)
        after = record()
        changes[name] = differences(before, after)
        before = after
    print(json.dumps(changes))
