# X-ViT-B/16 on EPIC-KITCHENS-100: 16 frames of 224 x 224, 1 x 3 views, verb and noun on one
# trunk (arXiv 2106.05968, table 7). The authors published no code for this data set.
# Learning rate, batch, epochs, momentum and label smoothing are the paper's. Assumptions,
# from their configs/SSv2/xvit_B16_16x16.yaml: weight decay, 5 epochs of warm-up from a
# tenth of the rate, half of the channels mixed, both classifiers on one MLP. Batch 128:
# tools/dist_train.sh configs/xvit_epic.py 8
# Views are averaged as probabilities, not logits, because EpicMetric needs probabilities.
#
# For the challenge, predict the test set:
#   LIST=annotations/EPIC_100_test_timestamps.csv
#   tools/dist_test.sh configs/xvit_epic.py CHECKPOINT 8 --cfg-options \
#       test_dataloader.dataset.ann_file=$LIST test_evaluator.submission_file=submission.zip
_base_ = [
    '_base_/runtime.py',
    '_base_/xvit.py',
    '_base_/epic_kitchens100_xvit.py',
]

model = dict(
    backbone=dict(shift_div=4),
    cls_head=dict(
        _delete_=True,
        type='MultiTaskHead',
        trunk=_base_.model.cls_head,
        num_classes=dict(verb=97, noun=300),
        label_smooth_eps=0.3,
        average_clips='prob',
    ),
)

max_epochs = 50
no_decay = dict(decay_mult=0.0)
optim_wrapper = dict(
    optimizer=dict(lr=0.05, weight_decay=1e-4),
    paramwise_cfg=dict(
        custom_keys={
            'cls_head.trunk.norm.bias': no_decay,
            'cls_head.trunk.fc_hidden.bias': no_decay,
            'cls_head.trunk.fc_cls.bias': no_decay,
        }
    ),
)
# A linear warm-up from a tenth of the rate, times a cosine over all epochs.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
auto_scale_lr = dict(base_batch_size=128)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
