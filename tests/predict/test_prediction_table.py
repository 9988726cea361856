"""The three formats, and rows that survive a kill at any byte."""

import pytest
from predict.tables import read

from projects.xvit.predict.journal import Journal, Row
from projects.xvit.predict.table import cells, write_table

ROWS = [
    Row('a b/c,d.mp4', 5, 6, ('left "x"', 'right\nnow'), (0.75, 0.25)),
    Row('ü.mp4', 5, 6, error='cannot, be "read"'),
    Row('bad\udcff.mp4', 5, 6, ('left',), (0.5,)),
]
EXPECTED = [
    dict(path='a b/c,d.mp4', name_1='left "x"', score_1=0.75, name_2='right\nnow',
         score_2=0.25, error=None),
    dict(path='ü.mp4', name_1=None, score_1=None, name_2=None, score_2=None,
         error='cannot, be "read"'),
    dict(path='bad\\xff.mp4', name_1='left', score_1=0.5, name_2=None, score_2=None,
         error=None),
]  # fmt: skip


@pytest.mark.parametrize('suffix', ['.csv', '.jsonl', '.parquet'])
def test_every_format_has_the_same_rows(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr('projects.xvit.predict.table.ROW_GROUP', 2)
    path = tmp_path / f'table{suffix}'
    write_table(path, iter(ROWS), topk=2)
    assert read(path) == EXPECTED
    assert list(read(path)[0]) == [
        'path',
        'name_1',
        'score_1',
        'name_2',
        'score_2',
        'error',
    ]

    def broken():
        yield ROWS[0]
        raise OSError('the disk')

    with pytest.raises(OSError, match='the disk'):
        write_table(path, broken(), topk=2)
    assert read(path) == EXPECTED and list(tmp_path.iterdir()) == [path]
    write_table(path, [], topk=1)
    assert read(path) == []


def test_a_format_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r'table\.xml must end in \.csv, \.jsonl, \.parquet'
    ):
        write_table(tmp_path / 'table.xml', ROWS, topk=1)
    assert cells(ROWS[1], 1) == ['ü.mp4', None, None, 'cannot, be "read"']


def test_a_part_cut_at_any_byte_loses_only_its_last_row(tmp_path):
    journal = Journal(tmp_path, dict(config='1'))
    with journal.part('0-of-1') as append:
        for row in ROWS:
            append(row)
    path = tmp_path / '0-of-1.jsonl'
    whole = path.read_bytes()
    ends = [
        i for i, byte in enumerate(whole) if byte == ord('\n')
    ]  # Blank, settings, rows.
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        kept = max(0, sum(end <= cut for end in ends) - 2)
        assert list(journal.rows().values()) == ROWS[:kept]
        if cut % 50 == 0:  # The next process with this number goes on behind the cut.
            with journal.part('0-of-1') as append:
                append(ROWS[1])
            found = journal.rows()
            assert found.keys() == {row.path for row in (*ROWS[:kept], ROWS[1])}


def test_the_newest_row_of_a_video_counts(tmp_path):
    journal = Journal(tmp_path, {})
    rows = {
        name: Row('a', 1, 1, error=name, time_ns=time)
        for time, name in enumerate(('first', 'second', 'third'))
    }
    for process, name in (('1-of-2', 'first'), ('0-of-2', 'third'), ('0-of-1', 'second')):
        with journal.part(process) as append:
            append(rows[name])
    assert journal.rows() == dict(a=rows['third'])


def test_rows_of_other_settings_are_refused(tmp_path):
    with Journal(tmp_path, dict(config='1', topk='5')).part('0-of-1'):
        pass
    assert Journal(tmp_path, dict(config='1', topk='5')).rows() == {}
    other = Journal(tmp_path, dict(config='1', topk='3'))
    with pytest.raises(ValueError, match='rows of a run with another topk: choose another'):
        other.rows()
