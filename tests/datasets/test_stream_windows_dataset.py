"""Windows of untrimmed videos have the right frames and the right labels."""

import json

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from projects.xvit.datasets import StreamWindowsDataset

SEGMENTS = [dict(start=0, end=9, label=2), dict(start=12, end=24, label=0)]
PIPELINE = [
    dict(type='SegmentInit'),
    dict(type='SampleFrames', clip_len=5, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture
def annotations(tmp_path):
    """A video of 24 frames, frame i of the grey 10 i; frames 9 to 11 are in no segment."""
    init_default_scope('mmaction')
    code = cv2.VideoWriter_fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(tmp_path / 'a.mp4'), code, 30000 / 1001, (32, 32))
    for i in range(24):
        writer.write(np.full((32, 32, 3), 10 * i, np.uint8))
    writer.release()
    about = dict(fps=30000 / 1001, num_frames=24, segments=SEGMENTS)
    (tmp_path / 'a.json').write_text(json.dumps(dict(videos={'a.mp4': about})))
    return tmp_path


def build(root, **options):
    options = dict(window=5, stride=1, num_classes=3) | options
    return StreamWindowsDataset(
        'a.json', PIPELINE, data_root=str(root), data_prefix=dict(video=''), **options
    )


@pytest.mark.parametrize('label_frame', [-1, -3, 0])
def test_a_window_is_consecutive_frames_and_the_class_at_one_of_them(
    annotations, label_frame
):
    windows, starts = build(annotations, label_frame=label_frame), []
    for item in windows:
        greys = item['inputs'].float().mean(dim=(0, 1, 3, 4)) / 10
        frames = greys.round().int().tolist()
        assert frames == list(range(frames[0], frames[0] + 5))
        at = frames[label_frame]
        (label,) = [s['label'] for s in SEGMENTS if s['start'] <= at < s['end']]
        assert item['data_samples'].gt_label.item() == label
        starts.append(frames[0])
    offset = label_frame % 5
    assert starts == [s for s in range(20) if s + offset not in (9, 10, 11)]


def test_stride(annotations):
    assert len(build(annotations, stride=4)) == len([0, 4, 8, 12, 16])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(window=0), 'window must be at least 1, got 0'),
        (dict(stride=0), 'stride must be at least 1, got 0'),
        (dict(label_frame=5), 'label_frame must be an index in window=5 frames, got 5'),
        (dict(num_classes=2), 'labels must be below num_classes=2, got 2'),
        (dict(window=40), 'has no window of 40 frames'),
    ],
)
def test_bad_arguments_are_named(annotations, options, message):
    with pytest.raises(ValueError, match=message):
        build(annotations, **options)


@pytest.mark.parametrize('text', ['[]', 'no JSON', '{"videos": {"a.mp4": {}}}'])
def test_a_bad_list_is_named(annotations, text):
    (annotations / 'a.json').write_text(text)
    with pytest.raises(ValueError, match=r'a.json must be JSON with "videos"'):
        build(annotations)
