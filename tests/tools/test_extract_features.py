"""The command that extracts features: lists, bad videos, kills, processes, long videos."""

import json
import os
import signal
import time
from contextlib import suppress

import decord
import numpy as np
import pytest
from commands import finish, run, start
from toy_features import plain_features, write_checkpoint, write_config, write_video

TOOL = 'tools/extract_features.py'
LENGTHS = {'a.mp4': 9, 'in/a.webm.mp4': 17, 'in/b.mp4': 33, 'c.mp4': 12}


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp('model')
    config = write_config(folder / 'config.py')
    return config, write_checkpoint(config, folder / 'model.pth')


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """A list of videos, beside which they are."""
    folder = tmp_path_factory.mktemp('videos')
    for seed, (name, frames) in enumerate(LENGTHS.items()):
        write_video(folder / name, frames, seed=seed)
    (folder / 'list.txt').write_text(''.join(f'{name} 3\n' for name in LENGTHS))
    return folder / 'list.txt'


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob('*') if p.is_file())


def check(model, videos, out, names=tuple(LENGTHS), stride=1):
    """Every file is whole and right, and nothing else is there."""
    stems = [name.removesuffix('.mp4') for name in names]
    assert files(out) == sorted(f'{s}{end}' for s in stems for end in ('.npy', '.json'))
    for name, stem in zip(names, stems):
        taken = range(0, LENGTHS[name], stride)
        expected = plain_features(*model, videos.parent / name, taken)
        np.testing.assert_allclose(np.load(out / f'{stem}.npy'), expected, atol=1e-5)
        assert len(json.loads((out / f'{stem}.json').read_text())['times']) == len(taken)


def test_a_list_is_extracted_once(model, videos, tmp_path, tool):
    arguments = (*model, videos, tmp_path / 'out', '--stride', 1, '--chunk', 8)
    code, output = tool('extract_features', *arguments)
    assert code == 0, output
    assert 'one pass over every frame' in output and '4 of 4 videos' in output
    check(model, videos, tmp_path / 'out')
    kept = tmp_path / 'out/a.npy', tmp_path / 'out/in/b.npy'
    before = [path.stat().st_mtime_ns for path in kept]
    (tmp_path / 'out/in/b.json').unlink()  # As if killed between the two files.
    code, output = tool('extract_features', *arguments)
    assert code == 0, output
    after = [path.stat().st_mtime_ns for path in kept]
    assert after[0] == before[0] and after[1] > before[1]
    check(model, videos, tmp_path / 'out')


def test_features_made_in_another_way_are_not_mixed(model, videos, tmp_path, tool):
    video = videos.parent / 'a.mp4'
    assert tool('extract_features', *model, video, tmp_path)[0] == 0
    code, output = tool('extract_features', *model, video, tmp_path, '--stride', 2)
    assert 'a.json has feat_stride=4, but this run 2' in f'{code}{output}'
    check(model, videos, tmp_path, ['a.mp4'], stride=4)


def test_bad_videos_are_named_and_the_others_extracted(
    model, videos, tmp_path, tool, monkeypatch
):
    open_video = decord.VideoReader

    def crash(file, **options):
        if str(file).endswith('crash.mp4'):
            os.kill(os.getpid(), signal.SIGSEGV)
        return open_video(file, **options)

    monkeypatch.setattr(decord, 'VideoReader', crash)
    data = (videos.parent / 'in/b.mp4').read_bytes()
    (tmp_path / 'cut.mp4').write_bytes(data[: len(data) // 2])
    for name in ('a', 'crash', 'c'):
        source = videos.parent / ('c.mp4' if name == 'crash' else f'{name}.mp4')
        (tmp_path / f'{name}.mp4').symlink_to(source)
    lines = 'cut.mp4\na.mp4\ncrash.mp4\nmissing.mp4\nc.mp4\n'
    (tmp_path / 'list.txt').write_text(lines)
    out = tmp_path / 'out'
    code, output = tool('extract_features', *model, tmp_path / 'list.txt', out)
    assert code == 1 and '2 of 5 videos' in output, output
    assert f'bad: {tmp_path}/cut.mp4: ' in output
    assert f'bad: {tmp_path}/crash.mp4: its process died (SIGSEGV)' in output
    assert 'missing.mp4 does not exist' in output
    check(model, videos, out, ['a.mp4', 'c.mp4'], stride=4)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--chunk', '0'], '--chunk must be above 0, got 0'),
        (['--frame-interval', '2'], 'frame_interval=2 is for windows'),
        (['--device', 'cuda:99'], "got 'cuda:99'"),
    ],
)
def test_bad_options_are_one_sentence(model, videos, tmp_path, tool, options, message):
    code, output = tool('extract_features', *model, videos, tmp_path / 'out', *options)
    assert code != 0 and message in f'{code}{output}'
    assert 'Traceback' not in output and not (tmp_path / 'out').exists()


@pytest.mark.slow
def test_killed_again_and_again_it_goes_on(model, tmp_path):
    """Killed with some files written and one half-written; then all are whole and right."""
    names = [f'{i}.mp4' for i in range(6)]
    for seed, name in enumerate(names):
        write_video(tmp_path / 'in' / name, 400, seed=seed)
    source = tmp_path / 'in/list.txt'
    source.write_text('\n'.join(names))
    out = tmp_path / 'out'
    command = ('python', TOOL, *model, source, out, '--stride', 1, '--chunk', 1)
    killed = 0
    for count in (1, 3):
        process = start(*command)
        while process.poll() is None:
            written = len(list(out.glob('*.npy')))
            if written >= count and list(out.glob('*.tmp')):
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
                break
            time.sleep(0.002)
        finish(process)
        for path in out.glob('*.npy'):  # What has this name is whole.
            assert np.load(path).shape == (400, 16)
    assert killed == 2
    assert '6 of 6 videos' in run(*command)
    assert files(out) == sorted(f'{i}{end}' for i in range(6) for end in ('.npy', '.json'))
    for name in names:
        expected = plain_features(*model, tmp_path / 'in' / name, range(400))
        found = np.load((out / name).with_suffix('.npy'))
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.slow
def test_two_processes_share_a_list(model, videos, tmp_path):
    shell = 'tools/dist_extract_features.sh'
    source = tmp_path / 'list.txt'
    source.write_text(videos.read_text() + 'missing.mp4\n')
    command = ('bash', shell, *model, '2', source, tmp_path / 'out', '--stride', 1)
    code, output = finish(start(*command, '--root', videos.parent))
    assert code != 0 and output.count('4 of 5 videos') == 1, output[-3000:]
    assert output.count('bad: ') == 1 and 'missing.mp4 does not exist' in output
    check(model, videos, tmp_path / 'out')


@pytest.mark.slow
def test_memory_does_not_grow_with_the_video(model, tmp_path):
    """Resident memory of both processes while 10,000 frames pass; shown by ``-s``."""
    frames, channels = 10_000, 16
    video = write_video(tmp_path / 'long.mp4', frames)
    process = start('python', TOOL, *model, video, tmp_path / 'out', '--stride', 1)
    memory = {}
    while process.poll() is None:
        with suppress(OSError):  # It has got its name, or the process has ended.
            for part in tmp_path.glob('out/long.npy.*.tmp'):
                done = part.stat().st_size // (4 * channels)
                memory[done] = resident(process.pid)
        time.sleep(0.01)
    code, output = finish(process)
    assert code == 0, output
    assert np.load(tmp_path / 'out/long.npy').shape == (frames, channels)
    at = {n: memory[min(memory, key=lambda k: abs(k - n))] for n in (1000, 5000, 10_000)}
    print(', '.join(f'{n} frames: {mb:.0f} MB' for n, mb in at.items()))
    assert min(memory) < 2000 and max(memory) > 9000
    # The most in a part of the run: at one moment a process may hold less than it needs.
    first = max(mb for done, mb in memory.items() if done < 2500)
    last = max(mb for done, mb in memory.items() if done > 7500)
    assert last < 1.02 * first


def resident(pid):
    """MB (10^6 bytes) of a process and its children."""
    children = f'/proc/{pid}/task/{pid}/children'
    total = 0
    for process in (str(pid), *open(children).read().split()):  # noqa: SIM115
        with open(f'/proc/{process}/statm') as file:
            total += int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6
    return total
