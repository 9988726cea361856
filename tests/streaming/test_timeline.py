"""What is written of a stream, and how soon a change was found."""

import json

import cv2
import numpy as np
import pytest

from projects.xvit.streaming.captions import MIN_WIDTH, STRIP, captioned
from projects.xvit.streaming.changes import find_changes
from projects.xvit.streaming.timeline import Timeline
from projects.xvit.video_writer import VideoWriter


def timeline(labels, classes=('run', 'jump', 'fall')):
    made = Timeline('a.mp4', list(classes), delay=3, window=4)
    for i, label in enumerate(labels):
        made.add(i, i / 10, np.eye(3)[label])
    return made


def test_json_has_every_frame_and_the_runs_of_classes(tmp_path):
    made = timeline([1, 1, 0, 2, 2])
    made.about = dict(dropped=7)
    made.write_json(tmp_path / 'a.json')
    content = json.loads((tmp_path / 'a.json').read_text())
    assert content['frames']['labels'] == [1, 1, 0, 2, 2]
    assert content['frames']['times'] == [0, 0.1, 0.2, 0.3, 0.4]
    assert content['frames']['scores'][2] == [1, 0, 0]
    assert [(s['name'], s['first'], s['last']) for s in content['segments']] == [
        ('jump', 0, 1),
        ('run', 2, 2),
        ('fall', 3, 4),
    ]
    assert content['segments'][2]['start_time'] == 0.3
    assert (content['delay'], content['window'], content['dropped']) == (3, 4, 7)


@pytest.mark.parametrize('labels', [[0], [0, 2, 2, 1]])
def test_the_picture_is_drawn(tmp_path, labels):
    truth = [dict(start=0, end=1, label=0)]
    timeline(labels).write_picture(tmp_path / 'a.png', truth)
    picture = cv2.imread(str(tmp_path / 'a.png'))
    red, _, blue = 2, 1, 0
    framed = (picture[..., red] > 180) & (picture[..., blue] < 60)
    dark = (picture[..., red] < 30) & (picture[..., blue] > 80)
    assert framed.any() and dark.any()
    assert [path.name for path in tmp_path.iterdir()] == ['a.png']


@pytest.mark.parametrize(('size', 'lines'), [((31, 45), 1), ((200, 400), 3)])
def test_a_captioned_frame_keeps_its_pixels(size, lines):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    made = captioned(picture, [('moving left', 0.5)], lines)
    wide = max(size[1], MIN_WIDTH)
    left = (wide - size[1]) // 2
    assert made.shape[0] % 2 == made.shape[1] % 2 == 0
    found = made[: size[0], left : left + size[1]]
    np.testing.assert_array_equal(found[..., ::-1], picture)
    below = made[size[0] + size[0] % 2 :]
    assert len(below) == lines * STRIP
    bar = below[STRIP - 1].any(axis=-1)
    assert bar.sum() == pytest.approx(wide / 2, abs=1)
    assert below[:STRIP].max() > 200  # the text
    assert not below[STRIP:].any()


def test_a_video_gets_its_name_when_it_is_whole(tmp_path):
    writer = VideoWriter(tmp_path / 'a.mp4', fps=10)
    for _ in range(5):
        writer.write(np.zeros((32, 48, 3), np.uint8))
    assert not (tmp_path / 'a.mp4').exists()
    writer.close()
    capture = cv2.VideoCapture(str(tmp_path / 'a.mp4'))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 5
    assert capture.get(cv2.CAP_PROP_FPS) == 10
    assert len(list(tmp_path.iterdir())) == 1


SEGMENTS = [
    dict(start=0, end=20, label=0),
    dict(start=20, end=40, label=1),
    dict(start=40, end=44, label=2),
]


@pytest.mark.parametrize(
    ('labels', 'delay', 'lags'),
    [
        ([0] * 20 + [1] * 20 + [2] * 4, 0, [1, 1]),
        ([0] * 20 + [1] * 20 + [2] * 4, 3, [4, 4]),
        ([0] * 25 + [1] * 15 + [0] * 4, 0, [6, None]),
        # Right once by chance, then not for a while.
        ([0] * 20 + [1] + [0] * 6 + [1] * 13 + [1, 2, 2, 2], 1, [9, 3]),
        ([0] * 20 + [0, 1] * 10 + [2] * 4, 0, [20, 1]),
    ],
)
def test_a_change_is_found_when_the_answer_stays_right(labels, delay, lags):
    changes = find_changes(labels, SEGMENTS, delay)
    assert [(change.frame, change.label) for change in changes] == [(20, 1), (40, 2)]
    assert [change.lag for change in changes] == lags
