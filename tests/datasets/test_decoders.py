"""torchcodec and PyAV return decord's frames, bit for bit, and the setting picks one."""

import io

import decord
import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from odd_videos import ffmpeg, grey, variable_rate

from projects.xvit.datasets.checked_video_dataset import with_decoder
from projects.xvit.datasets.decoders import (
    DECODERS,
    PyAVReader,
    check_decoder,
    choose_decoder,
    open_video,
    torchcodec_reader,
)
from projects.xvit.datasets.reader_process import ReaderProcess

SOURCE = ('-f', 'lavfi', '-i', 'testsrc2=duration=1.5:size=98x68:rate=24')
X264 = ('-c:v', 'libx264', '-pix_fmt', 'yuv420p')


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')


def encoded(*options):
    return lambda path: ffmpeg(*SOURCE, *options, path)


def rotated(path):
    plain = path.with_name('plain.mp4')
    ffmpeg(*SOURCE, *X264, plain)
    ffmpeg('-display_rotation', '90', '-i', plain, '-c', 'copy', path)


VIDEOS = {
    'b-frames.mp4': encoded(*X264, '-bf', '3', '-g', '12'),
    'ntsc.mp4': encoded('-r', '30000/1001', *X264),
    'open gop.mkv': encoded(*X264, '-x264opts', 'open-gop=1:keyint=12:bframes=3'),
    'b-frames, mpeg4.mp4': encoded('-c:v', 'mpeg4', '-bf', '2', '-g', '12'),
    'mpeg4.avi': encoded('-c:v', 'mpeg4', '-g', '12'),
    'b-frames, mpeg4.avi': encoded('-c:v', 'mpeg4', '-bf', '2', '-g', '12'),
    'b-frames, x264.avi': encoded(*X264, '-bf', '3', '-g', '12'),
    'b-frames.mpg': encoded('-r', '25', '-c:v', 'mpeg2video', '-bf', '2', '-g', '12'),
    'width of 32.mp4': encoded('-vf', 'scale=96:64', *X264),
    'no frame count.webm': encoded('-c:v', 'libvpx-vp9', '-cpu-used', '8', '-b:v', '200k'),
    'interlaced.mp4': encoded(
        *('-vf', 'tinterlace=interleave_top'),
        *X264,
        *('-flags', '+ildct+ilme', '-x264opts', 'tff=1'),
    ),
    'rotated.mp4': rotated,
    'variable rate.mp4': lambda path: variable_rate(path, 3),
    'one frame.mp4': lambda path: grey(path, 3, frames=1),
}
OTHERS = [name for name in DECODERS if name != 'decord']


@pytest.fixture(autouse=True)
def installed(request):
    """Skip a decoder that this machine lacks."""
    name = getattr(request.node, 'callspec', None) and request.node.callspec.params.get(
        'decoder'
    )
    if name:
        try:
            check_decoder(name)
        except ImportError as error:
            pytest.skip(str(error))


@pytest.mark.parametrize('decoder', OTHERS)
@pytest.mark.parametrize('name', VIDEOS)
def test_frames_and_rates_are_decords(name, decoder, tmp_path):
    path = tmp_path / name
    VIDEOS[name](path)
    expected = decord.VideoReader(str(path), num_threads=1)
    video = open_video(decoder, str(path))
    assert len(video) == len(expected)
    assert video.get_avg_fps() == pytest.approx(expected.get_avg_fps(), rel=1e-3)
    frames = expected.get_batch(range(len(expected))).asnumpy()
    if (decoder, name) == ('pyav', 'interlaced.mp4'):  # Colour is interpolated by field.
        difference = video.get_batch(range(len(video))).astype(int) - frames
        assert np.abs(difference).mean() < 16
        return
    assert np.array_equal(video.get_batch(range(len(video))), frames)
    # In any order, and repeated, as short videos are sampled.
    order = np.random.default_rng(0).integers(0, len(video), 9)
    assert np.array_equal(open_video(decoder, str(path)).get_batch(order), frames[order])
    # One by one, so that others are skipped.
    for number in np.random.default_rng(1).permutation(len(video)):
        assert np.array_equal(video.get_batch([number])[0], frames[number])


@pytest.mark.parametrize('decoder', OTHERS)
def test_frames_that_an_edit_list_hides_are_not_counted(decoder, tmp_path):
    """As in players. decord counts them, and returns others twice."""
    whole, path = tmp_path / 'whole.mp4', tmp_path / 'cut.mp4'
    VIDEOS['b-frames.mp4'](whole)
    everything = decord.VideoReader(str(whole)).get_batch(range(36)).asnumpy()
    ffmpeg('-ss', '0.3', '-i', whole, '-c', 'copy', path)
    video = open_video(decoder, str(path))
    assert len(video) == 28
    for number in [27, *range(28)]:
        assert np.array_equal(video.get_batch([number])[0], everything[8 + number])


@pytest.mark.parametrize('decoder', OTHERS)
@pytest.mark.parametrize('io_backend', ['disk', 'local'])
def test_the_steps_have_the_contract_of_mmactions(decoder, io_backend, tmp_path):
    """From a path, and from bytes that a storage backend returns."""
    path = tmp_path / 'a.mp4'
    VIDEOS['b-frames.mp4'](path)
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=4, frame_interval=5, test_mode=True),
        dict(type='DecordDecode'),
    ]
    clip = dict(filename=str(path), start_index=0, modality='RGB')
    expected = Compose(steps)(dict(clip))
    steps[0]['io_backend'] = io_backend
    got = Compose(with_decoder(steps, decoder))(dict(clip))
    assert np.array_equal(np.stack(got.pop('imgs')), np.stack(expected.pop('imgs')))
    assert np.array_equal(got.pop('frame_inds'), expected.pop('frame_inds'))
    assert got == expected


@pytest.mark.parametrize('decoder', DECODERS)
def test_segments_are_read_with_every_decoder(decoder, tmp_path):
    path = tmp_path / 'a.mp4'
    VIDEOS['b-frames.mp4'](path)
    frames = decord.VideoReader(str(path)).get_batch(range(36)).asnumpy()
    steps = with_decoder(
        [
            dict(type='SegmentInit'),
            dict(type='UniformSample', clip_len=3, test_mode=True),
            dict(type='DecordDecode'),
        ],
        decoder,
    )
    times = dict(start_time=0.5, stop_time=0.99)
    got = Compose(steps)(dict(filename=str(path), start_index=0, modality='RGB', **times))
    assert got['frame_inds'].min() >= 12 and got['frame_inds'].max() <= 23
    assert np.array_equal(np.stack(got['imgs']), frames[got['frame_inds']])


def test_key_frames_need_decord():
    steps = [dict(type='DecordDecode', mode='efficient')]
    assert with_decoder(steps, 'decord') == steps
    with pytest.raises(
        ValueError, match=r"'efficient'\) needs decoder='decord', got 'pyav"
    ):
        with_decoder(steps, 'pyav')


@pytest.mark.parametrize('decoder', OTHERS)
@pytest.mark.parametrize('content', [b'', b'not a video' * 99])
def test_what_is_no_video_is_an_error(decoder, content, tmp_path):
    path = tmp_path / 'a.mp4'
    path.write_bytes(content)
    with pytest.raises((RuntimeError, ValueError)):
        open_video(decoder, str(path))


def test_pyav_reads_a_stream_that_cannot_go_back(tmp_path):
    VIDEOS['b-frames.mp4'](tmp_path / 'a.mp4')
    ffmpeg('-i', tmp_path / 'a.mp4', '-c', 'copy', '-f', 'h264', tmp_path / 'a.h264')
    expected = open_video('pyav', str(tmp_path / 'a.mp4')).get_batch(range(36))
    for source in (
        str(tmp_path / 'a.h264'),
        io.BytesIO((tmp_path / 'a.h264').read_bytes()),
    ):
        video = PyAVReader(source)
        assert np.array_equal(video.get_batch([7, 0]), expected[[7, 0]])
        assert np.array_equal(video.get_batch(range(36)), expected)


def test_pyav_names_a_frame_that_is_not_there(tmp_path):
    grey(tmp_path / 'a.mp4', 1)
    with pytest.raises(IndexError, match='frame 40 of 32'):
        open_video('pyav', str(tmp_path / 'a.mp4')).get_batch([3, 40])
    step = TRANSFORMS.build(dict(type='ExactPyAVInit'))
    assert len(step._get_video_reader(str(tmp_path / 'a.mp4'))) == 32


def test_auto_is_the_first_that_can_be_imported(monkeypatch):
    def broken():
        raise ImportError('torchcodec finds no FFmpeg')

    texts = []
    monkeypatch.setattr('projects.xvit.datasets.decoders.choice.load_torchcodec', broken)
    monkeypatch.setattr(
        'projects.xvit.datasets.decoders.choice.print_log',
        lambda text, _: texts.append(text),
    )
    choose_decoder.cache_clear()
    try:
        assert choose_decoder('auto') == choose_decoder('auto') == 'decord'
        with pytest.raises(ImportError, match=r"decoder='torchcodec': .* no FFmpeg"):
            choose_decoder('torchcodec')
        with pytest.raises(ValueError, match=r"decoder must be one of .* got 'opencv'"):
            choose_decoder('opencv')
    finally:
        choose_decoder.cache_clear()
    assert texts == ['decord 0.6.0 decodes videos (torchcodec finds no FFmpeg)']


def build(root, **options):
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=4),
        dict(type='DecordDecode'),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    return DATASETS.build(
        dict(
            type='CheckedVideoDataset',
            ann_file=str(root / 'list.txt'),
            data_prefix=dict(video=str(root)),
            pipeline=steps,
            **options,
        )
    )


def test_only_decord_is_read_apart(tmp_path):
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    for options, apart in [
        (dict(), True),
        (dict(decoder='decord'), True),
        (dict(decoder='pyav'), False),
        (dict(decoder='torchcodec'), False),
        (dict(decoder='torchcodec', read_apart=True), True),
        (dict(read_apart=False), False),
    ]:
        data = build(tmp_path, **options)
        assert isinstance(data.read_in_worker, ReaderProcess) == apart, options


def test_a_missing_library_says_what_to_install(monkeypatch):
    torchcodec_reader.load_torchcodec.cache_clear()
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ImportError, match='torchcodec is not installed'):
        torchcodec_reader.load_torchcodec()
    torchcodec_reader.load_torchcodec.cache_clear()
