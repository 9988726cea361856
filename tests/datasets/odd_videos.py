"""Videos that show their label: good ones, odd ones and damaged ones."""

import subprocess

import cv2
import imageio_ffmpeg
import numpy as np

NUM_FRAMES = 32


def grey(path, label, size=(80, 64), frames=NUM_FRAMES):
    """Write a video that shows its label as a level of grey."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 16, size)
    assert writer.isOpened()
    frame = np.full((size[1], size[0], 3), 16 + 32 * label, np.uint8)
    frame[0, ::2] = 0  # Something to encode.
    for i in range(frames):
        writer.write(np.roll(frame, i, axis=1))
    writer.release()


def ffmpeg(*arguments):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), '-v', 'error', '-y', *map(str, arguments)]
    subprocess.run(command, check=True)


def variable_rate(path, label):
    """Write a video whose second half is four times slower than the first."""
    source = path.with_suffix('.source.mp4')
    grey(source, label)
    slower = "setpts='if(lt(N,16),N,16+(N-16)*4)/16/TB'"
    ffmpeg('-i', source, '-vf', slower, '-fps_mode', 'vfr', '-c:v', 'mpeg4', path)


GOOD = {
    'plain': grey,
    'one frame': lambda path, label: grey(path, label, frames=1),
    'odd size': lambda path, label: grey(path, label, size=(81, 63)),
    'narrow': lambda path, label: grey(path, label, size=(66, 960)),
    'huge': lambda path, label: grey(path, label, size=(3840, 2160), frames=1),
    'variable frame rate': variable_rate,
}


def damaged(damage):
    def make(path, label):
        grey(path, label)
        data = bytearray(path.read_bytes())
        damage(data)
        path.write_bytes(data)

    return make


def corrupt_middle(data):
    start = data.find(b'mdat') + 4
    end = data.find(b'moov') - 4
    third = (end - start) // 3
    data[start + third : end - third] = b'\xa5' * (end - start - 2 * third)


def oversize_frame(data):
    """Flip a bit in the table of frame sizes: decord 0.6.0 reads beyond its memory."""
    first_size = data.find(b'stsz') + 16
    data[first_size + 4 * 20] ^= 0x10


BAD = {
    'missing': lambda path, label: None,
    'empty': lambda path, label: path.write_bytes(b''),
    'no video': lambda path, label: path.write_bytes(b'not a video' * 99),
    'truncated': damaged(lambda data: data.__delitem__(slice(len(data) // 2, None))),
    'corrupt in the middle': damaged(corrupt_middle),
    'audio only': lambda path, _: ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', path),
    'may crash the decoder': damaged(oversize_frame),
}
