"""Every frame gets its scores; pictures are prepared as the config's pipeline does it."""

import numpy as np
import pytest
import torch
from mmaction.models import ActionDataPreprocessor
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from test_recognizer import expected, recognizer
from test_sources import write_video

from projects.xvit.streaming import StreamRecognizer
from projects.xvit.streaming.preprocessing import FramePreprocessor
from projects.xvit.streaming.sources import VideoFile
from projects.xvit.streaming.watch import watch


def prepare(pictures):
    """``(1, 3, t, 16, 16)`` from pictures of at least this size."""
    clip = np.stack([picture[:16, :16] for picture in pictures]).astype(np.float64)
    return torch.from_numpy(clip / 128 - 1).permute(3, 0, 1, 2)[None]


@pytest.mark.parametrize('offsets', [(1, -1), (-1,)])
def test_a_file_that_ends_in_the_middle_of_a_chunk_loses_no_frame(tmp_path, offsets):
    model = recognizer(offsets=offsets)
    path = write_video(tmp_path / 'a.mp4', 19)
    answers = list(watch(VideoFile(path).chunks(8), StreamRecognizer(model, 3), prepare))
    assert [number for (number, *_), _ in answers] == list(range(19))
    clip = prepare([picture for (*_, picture), _ in answers])
    scores = expected(model, clip, 3).softmax(-1)[0]
    found = np.stack([probabilities for _, probabilities in answers])
    np.testing.assert_allclose(found, scores.detach().numpy(), rtol=1e-9)


def test_a_video_shorter_than_the_delay(tmp_path):
    model = recognizer()
    path = write_video(tmp_path / 'a.mp4', 2)
    answers = list(watch(VideoFile(path).chunks(8), StreamRecognizer(model, 3), prepare))
    assert [number for (number, *_), _ in answers] == [0, 1]


def test_no_frames_no_answers():
    assert list(watch([], StreamRecognizer(recognizer(), 3), prepare)) == []


def test_frames_of_another_size_end_it_after_the_answers_to_those_before():
    frames = [(i, i / 10, np.zeros((20, 20, 3), np.uint8)) for i in range(5)]
    other = (5, 0.5, np.zeros((30, 20, 3), np.uint8))
    answers = []
    with pytest.raises(ValueError, match='the size of the frames changed'):
        for answer in watch([frames, [other]], StreamRecognizer(recognizer(), 3), prepare):
            answers.append(answer[0][0])
    assert answers == list(range(5))


PIPELINE = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=6, frame_interval=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 24)),
    dict(type='ThreeCrop', crop_size=24),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.mark.parametrize('crop', ['CenterCrop', 'ThreeCrop'])
def test_frames_are_prepared_as_by_the_test_pipeline(motion, crop):
    """The same video through the pipeline, and through OpenCV and the preprocessor."""
    pipeline = [dict(step) for step in PIPELINE]
    pipeline[4]['type'] = crop
    cfg = Config(dict(test_dataloader=dict(dataset=dict(pipeline=pipeline))))
    normalize = ActionDataPreprocessor(
        mean=[100, 110, 120], std=[50, 60, 70], format_shape='NCTHW'
    )
    prepared = FramePreprocessor(cfg, normalize)
    assert (prepared.clip_len, prepared.frame_interval) == (6, 2)

    path = str(motion / 'val/00000.mp4')
    sample = dict(filename=path, label=0, start_index=0, modality='RGB')
    packed = Compose(pipeline)(sample)
    views = normalize(pseudo_collate([packed]))['inputs'][0]
    centre = views[2 if crop == 'ThreeCrop' else 0]  # MMAction2's order.

    (chunk,) = VideoFile(path).chunks(99)
    start = (32 - 11) // 2  # The pipeline's clip is in the middle of the video.
    pictures = [picture for *_, picture in chunk[start : start + 12 : 2]]
    found = prepared(pictures)
    assert found.shape == (1, 3, 6, 24, 24)
    # OpenCV and decord may round colours differently.
    assert (found[0] - centre).abs().max() < 0.1


def test_a_pipeline_without_video_is_refused():
    pipeline = [dict(type='FormatShape', input_format='NCTHW')]
    cfg = Config(dict(test_dataloader=dict(dataset=dict(pipeline=pipeline))))
    with pytest.raises(ValueError, match=r"one step that decodes .* \['FormatShape'\]"):
        FramePreprocessor(cfg, None)
