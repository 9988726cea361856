"""One video encoded so that frames decode fast, by FFmpeg, and checked."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from projects.xvit.datasets.decoders import open_video
from projects.xvit.files import replacing

FRAMES_AT_A_TIME = 32
# H.264 without B-frames, CABAC and deblocking needs half the time to decode.
ENCODERS = {
    'libx264': ['-preset', 'medium', '-tune', 'fastdecode', '-bf', '0'],
    'libx265': ['-preset', 'medium', '-x265-params', 'log-level=error:pools=1'],
    'libsvtav1': ['-preset', '8'],
}


class Settings(NamedTuple):
    """How videos are encoded.

    Args:
        short_side: Of the new frames, in pixels. Smaller videos keep their size.
        keyframes: Every which frame is a keyframe. Between two, frames must be decoded one
            after the other.
        codec: FFmpeg's name of the encoder, a key of ``ENCODERS``.
        crf: The encoder's quality. A lower number is better and larger.
    """

    short_side: int = 256
    keyframes: int = 4
    codec: str = 'libx264'
    crf: int = 20


def find_ffmpeg() -> str:
    """Return the FFmpeg program.

    Raises:
        FileNotFoundError: If there is none.
    """
    path = shutil.which('ffmpeg')
    if path is None:
        try:
            import imageio_ffmpeg  # moviepy installs it, with an FFmpeg of its own.
        except ImportError:
            raise FileNotFoundError('no ffmpeg program found: install FFmpeg') from None
        path = imageio_ffmpeg.get_ffmpeg_exe()
    return path


def transcode(task: tuple[Path, Path, Settings, str, str]) -> dict:
    """Encode a video's frames, all of them and at their times. Sound is left out.

    Sides become even, which 4:2:0 colour needs. FFmpeg turns rotated videos upright, as
    the decoders do.

    Args:
        task: The video, the new file (written whole), the settings, the FFmpeg program and
            the decoder that checks (see ``projects/xvit/datasets/decoders``).

    Returns:
        dict: ``frames``, ``seconds``, ``old_size`` and ``new_size`` (width x height),
        ``old_bytes``, ``new_bytes``, and ``complaint``: FFmpeg's message about a damaged
        video all of whose frames could still be encoded, or ``''``.

    Raises:
        ValueError: If FFmpeg fails, or the new file has another number of frames or
            another duration than the video.
    """
    source, target, settings, ffmpeg, decoder = task
    old = open_video(decoder, str(source))
    frames, fps = len(old), old.get_avg_fps()
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / 'part.mp4'
        done = subprocess.run(
            [ffmpeg, *_arguments(source, part, settings)], capture_output=True, text=True
        )
        complaint = next(iter(done.stderr.strip().splitlines()), '')
        if done.returncode:
            raise ValueError(f'FFmpeg: {complaint or f"exit code {done.returncode}"}')
        size = _check(part, frames, fps, decoder)
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open('rb') as encoded, replacing(target) as file:
            shutil.copyfileobj(encoded, file)
    return dict(
        frames=frames,
        seconds=round(frames / fps, 3),
        old_size=_size(old.get_batch([0])),
        new_size=size,
        old_bytes=source.stat().st_size,
        new_bytes=target.stat().st_size,
        complaint=complaint,
    )


def _arguments(source: Path, target: Path, settings: Settings) -> list[str]:
    side = settings.short_side
    # The short side at most this, the long one in proportion, both even.
    width = f"'if(lt(iw,ih),trunc(min(iw,{side})/2)*2,-2)'"
    height = f"'if(lt(iw,ih),-2,trunc(min(ih,{side})/2)*2)'"
    gap = str(settings.keyframes)
    return [
        *('-nostdin', '-v', 'error', '-y', '-threads', '1', '-i', str(source)),
        *('-map', '0:v:0', '-vf', f'scale={width}:{height}:flags=bicubic,setsar=1'),
        *('-fps_mode', 'passthrough', '-enc_time_base', '-1', '-pix_fmt', 'yuv420p'),
        *('-c:v', settings.codec, *ENCODERS[settings.codec], '-crf', str(settings.crf)),
        *('-g', gap, '-keyint_min', gap, '-sc_threshold', '0', '-threads', '1'),
        *('-movflags', '+faststart', '-f', 'mp4', str(target)),
    ]


def _check(path: Path, frames: int, fps: float, decoder: str) -> str:
    """Decode all frames. Return their size."""
    video = open_video(decoder, str(path))
    if len(video) != frames:
        raise ValueError(f'the video has {frames} frames, but {len(video)} were encoded')
    seconds, new = frames / fps, frames / video.get_avg_fps()
    if abs(new - seconds) > max(2 / fps, 0.01 * seconds):
        raise ValueError(f'the video has {seconds:.2f} s, but {new:.2f} s were encoded')
    for start in range(0, frames, FRAMES_AT_A_TIME):
        batch = video.get_batch(range(start, min(start + FRAMES_AT_A_TIME, frames)))
    return _size(batch)


def _size(batch) -> str:
    return f'{batch.shape[2]}x{batch.shape[1]}'
