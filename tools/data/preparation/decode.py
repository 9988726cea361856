"""Whether a video decodes, as training decodes it."""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import decord

from projects.xvit.datasets.decoders import open_video

FRAMES_AT_A_TIME = 32  # All frames of a 1080p video of 10 s would take 2 GB.


class Verdict(NamedTuple):
    """The result of checking a video.

    Args:
        problem: ``''`` if there is none; ``'missing'``; ``'undecodable'``; ``'damaged'``:
            all frames decode, but the decoder complains; ``'crashed'``: the decoder ended
            its process; ``'timeout'``.
        detail: The first line of the decoder's message.
    """

    problem: str = ''
    detail: str = ''


@contextmanager
def decoder_output() -> Iterator[BinaryIO]:
    """Collect what native code writes to standard error, instead of showing it."""
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield file
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def first_words(text: str) -> str:
    """Return the first line without its time, source line or address."""
    text = re.sub(r'\[\d\d:\d\d:\d\d\] \S+:\d+: ', '', text)
    text = re.sub(r' @ 0x[0-9a-f]+\]', ']', text)
    return next((line.strip() for line in text.splitlines() if line.strip()), '')


def check_video(path: Path, decoder: str = 'decord') -> Verdict:
    """Decode every frame with decord, from memory, in one thread.

    What decord cannot open, such as AV1, is decoded with ``decoder``.

    A truncated WebM gives fewer frames and no error, and FFmpeg hides damage by copying
    neighbouring blocks. Only what the decoder writes to standard error shows either.
    """
    with decoder_output() as file:
        try:
            data = path.read_bytes()
            if not data:
                return Verdict('undecodable', 'no bytes')
            try:
                reader = decord.VideoReader(io.BytesIO(data), num_threads=1)
            except Exception as error:
                try:
                    reader = open_video(decoder, str(path))
                except Exception:
                    raise error from None
                file.seek(0)
                file.truncate()  # decord's complaints.
            for start in range(0, len(reader), FRAMES_AT_A_TIME):
                stop = min(start + FRAMES_AT_A_TIME, len(reader))
                reader.get_batch(range(start, stop))
            if not len(reader):
                return Verdict('undecodable', 'no frames')
            del reader  # Its threads have then written everything.
        except FileNotFoundError:
            return Verdict('missing')
        # decord's errors derive from RuntimeError or, in some versions, from Exception.
        except Exception as error:
            return Verdict('undecodable', first_words(str(error)) or type(error).__name__)
        file.seek(0)
        complaint = first_words(file.read().decode(errors='replace'))
    return Verdict('damaged', complaint) if complaint else Verdict()
