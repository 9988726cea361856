"""Processes that are killed at any moment, and go on: each video has one row."""

import multiprocessing
import os
import time
from contextlib import suppress

import numpy as np
import pytest
from predict.tables import read

from projects.xvit.predict.scores import Prediction
from projects.xvit.predict.table_run import TableRun
from projects.xvit.predict.videos import predict_videos

LABELS = tuple(f'class {i}' for i in range(9))


class Recognizer:
    """Says the digit in the file, and takes a while for it. Some files crash or hang it."""

    def prepare(self, path):
        time.sleep(0.005)
        with open(path) as file:
            text = file.read()
        if text == 'crash':
            os.abort()
        if text == 'hang':
            time.sleep(99)
        return dict(label=int(text))

    def predict(self, samples):
        assert 0 < len(samples) <= 4
        return [Prediction(LABELS, np.eye(9)[sample['label']]) for sample in samples]


def work(out, videos, rank, processes):
    run = TableRun(out, videos, 2, rank, processes)
    todo = run.start(dict(config='1'))
    options = dict(batch_size=4, time_limit=1)
    run.record(predict_videos(Recognizer(), todo, **options) if todo else ())
    return len(todo), run.finish()


def start(*arguments):
    process = multiprocessing.get_context('fork').Process(target=work, args=arguments)
    process.start()
    return process


def rows_in(out, part):
    with suppress(FileNotFoundError):
        return (out.parent / f'{out.name}.parts/{part}.jsonl').read_bytes().count(b'"path"')
    return 0


def kill(process, out, part, rows):
    """Kill a process once it has written so many rows more."""
    goal = rows_in(out, part) + rows
    while rows_in(out, part) < goal and process.is_alive():
        time.sleep(0.001)
    process.kill()
    process.join()
    assert process.exitcode == -9 and not out.exists()


@pytest.fixture
def videos(tmp_path):
    """60 files, of which two cannot be read."""
    paths = [tmp_path / f'{i}.mp4' for i in range(60)]
    for i, path in enumerate(paths):
        path.write_text({7: 'no number', 8: 'crash'}.get(i, str(i % 9)))
    return list(map(str, paths))


def check(out, videos):
    rows = read(out)
    assert [row['path'] for row in rows] == videos
    bad = [row['error'] for row in rows if row['error']]
    assert len(bad) == 2 and 'ValueError: invalid literal' in bad[0] and 'SIGABRT' in bad[1]
    for i, row in enumerate(rows):
        if i not in (7, 8):
            assert (row['name_1'], row['score_1']) == (f'class {i % 9}', 1)


@pytest.mark.parametrize('suffix', ['.csv', '.parquet'])
def test_two_processes_of_which_one_is_killed_twice(suffix, videos, tmp_path):
    out = tmp_path / f'table{suffix}'
    other = start(out, videos, 1, 2)
    for rows in (5, 7):
        kill(start(out, videos, 0, 2), out, '0-of-2', rows)
    other.join()
    assert other.exitcode == 0 and not out.exists()
    todo, said = work(out, videos, 0, 2)
    assert todo <= 30 - 12 + 2  # Video 8 is tried again.
    assert said == f'60 rows in {out}, 2 of them with an error'
    check(out, videos)


def test_another_number_of_processes_goes_on(videos, tmp_path):
    out = tmp_path / 'table.jsonl'
    for rank in (0, 1):
        kill(start(out, videos, rank, 2), out, f'{rank}-of-2', 8)
    done = [work(out, videos, rank, 3) for rank in (0, 1, 2)]
    assert sum(todo for todo, _ in done) <= 60 - 16 + 2
    assert 'The process that ends last writes' in done[0][1]
    check(out, videos)


def test_a_later_run_predicts_what_is_new_changed_or_bad(videos, tmp_path):
    out = tmp_path / 'table.csv'
    assert work(out, videos[:40], 0, 1)[0] == 40
    assert work(out, videos[:40], 0, 1)[0] == 2
    (tmp_path / '8.mp4').write_text('8')
    (tmp_path / '7.mp4').write_text('7')
    (tmp_path / '5.mp4').write_text('hang')
    assert work(out, videos[:42], 0, 1)[0] == 2 + 1 + 2
    rows = read(out)
    assert [row['name_1'] for row in rows[6:9]] == ['class 6', 'class 7', 'class 8']
    assert len(rows) == 42 and rows[5]['error'] == 'decoding failed: took longer than 1 s'


def test_a_table_of_another_origin_is_not_overwritten(videos, tmp_path):
    out = tmp_path / 'table.csv'
    out.write_text('mine')
    with pytest.raises(FileExistsError, match=r'table\.csv exists, but not .*\.parts'):
        work(out, videos, 0, 1)
    assert out.read_text() == 'mine'
