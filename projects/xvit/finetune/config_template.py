"""The config that fine-tuning writes. Its values come from :mod:`.write_config`."""

from typing import Any

from jinja2 import Environment, StrictUndefined

TEMPLATE = r"""
# {{ base_name }} for the videos in {{ root|repr }}.
# Written by tools/finetune.py. Edit it as you like, and run it:
#   tools/dist_train.sh {{ config|repr }} GPUS
_base_ = [{{ base|repr }}]
{% if imports %}
# For runs that go on after they were interrupted.
custom_imports = dict(imports={{ imports|code }})
{% endif %}

# In the order of the class numbers in train.txt and val.txt. They are saved in the
# checkpoints, and predictions show them.
classes = [
{% for name in classes %}
    {{ name|repr }},
{% endfor %}
]
num_classes = len(classes)

# A tab separates path and class number: a path may have spaces and commas.
videos = dict(
    type='CheckedVideoDataset',
    data_root={{ work_dir|repr }},
    data_prefix=dict(video={{ root|repr }}),
    delimiter='\t',
{% if multi_label %}
    multi_class=True,  # A video may have several labels.
{% endif %}
    num_classes=num_classes,
    metainfo=dict(classes=classes),
)
train_pipeline = list(_base_.{{ datasets.train_dataloader }}.pipeline)
{% if flips %}
# Classes that say left or right are not mirrored.
{% endif %}
{% for index, step in flips.items() %}
train_pipeline[{{ index }}] = {{ step|code }}
{% endfor %}
train_data = dict(**videos, ann_file='train.txt', pipeline=train_pipeline)
{% if 'train_dataloader' in cached %}
train_data = dict(type='CachedFeatures', folder={{ features|repr }}, dataset=train_data)
{% endif %}
train_dataloader = dict(
    batch_size={{ batch_size }},  # In each process.
    num_workers={{ workers.train_dataloader }},
{% if balance is none %}
    dataset=dict(_delete_=True, **train_data),
{% else %}
    # Videos of classes with less than this share of all are repeated.
    dataset=dict(
        _delete_=True,
        type='ClassBalancedDataset',
        oversample_thr={{ '%.6f' % balance }},
        dataset=train_data,
    ),
{% endif %}
)
{% for loader, ann_file in evaluated %}
held_out = dict(
    **videos,
    ann_file={{ ann_file|repr }},
    test_mode=True,
    pipeline=_base_.{{ datasets[loader] }}.pipeline,
)
{% if loader in cached %}
held_out = dict(
    type='CachedFeatures', folder={{ features|repr }}, dataset=held_out
)
{% endif %}
{{ loader }} = dict(
    num_workers={{ workers[loader] }}, dataset=dict(_delete_=True, **held_out)
)
{% endfor %}
{% for name in ('val_evaluator', 'test_evaluator') %}
{{ name }} = dict({{ metric[name] }})
{% endfor %}

{% if load_from %}
# The checkpoint without its classifier, which is for other classes.
load_from = {{ load_from|repr }}
{% endif %}
{% if multi_label %}
# One probability for each label: binary cross-entropy, and sigmoid.
{% endif %}
model = dict(
{% if multi_label %}
    cls_head=dict(
        type='MultiLabelHead',
        head={{ head|repr }},
        num_classes=num_classes,
        loss_cls=dict({{ loss }}),
    ),
{% else %}
    cls_head=dict(num_classes=num_classes),
{% endif %}
{% if backbone %}
    backbone={{ backbone|code }},
{% endif %}
{% if blending %}
    data_preprocessor=dict(blending={{ blending|code }}),
{% endif %}
)

# The inherited schedule of {{ old_epochs }} epochs, stretched to this many.
max_epochs = {{ epochs }}
train_cfg = dict(max_epochs=max_epochs, val_interval={{ interval }})
{% if schedulers %}
param_scheduler = [
{% for scheduler in schedulers %}
    {{ scheduler|code }},
{% endfor %}
]
{% endif %}
{% if base_batch_size %}
# The inherited learning rate is for a batch of base_batch_size. MMEngine multiplies it by
# batch_size * processes / base_batch_size.
auto_scale_lr = dict(enable=True, base_batch_size={{ base_batch_size }})
{% endif %}
{% if accumulates %}
# A step after every batch: a small data set has few of them.
optim_wrapper = dict(accumulative_counts=1)
{% endif %}

# The last checkpoint is kept, and the one that is best on the validation videos.
default_hooks = dict(
    checkpoint=dict(
{% if imports %}
        type='AtomicCheckpointHook',
{% endif %}
        interval={{ interval }},
        max_keep_ckpts=1,
        save_best={{ save_best|repr }},
        rule='greater',
    ),
{% if imports %}
    sampler_seed=dict(type='EpochSeedHook'),
{% endif %}
)
work_dir = {{ train_dir|repr }}
randomness = dict(seed={{ seed }})
"""


def render(**values: Any) -> str:
    """Return the config's text. Every name in the template must be given."""
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters.update(repr=repr, code=code)
    return environment.from_string(TEMPLATE.lstrip('\n')).render(values)


def code(value: Any) -> str:
    """Return a value as a config's source: ``dict(key=value)`` for dictionaries."""
    if isinstance(value, dict):
        if all(isinstance(key, str) and key.isidentifier() for key in value):
            return f'dict({", ".join(f"{key}={code(v)}" for key, v in value.items())})'
        return f'{{{", ".join(f"{key!r}: {code(v)}" for key, v in value.items())}}}'
    if isinstance(value, list):
        return f'[{", ".join(map(code, value))}]'
    if isinstance(value, tuple):
        return f'({"".join(f"{code(v)}, " for v in value).rstrip()})'
    return repr(value)
