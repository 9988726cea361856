"""A work folder goes on only with what it was made from."""

import pytest

from projects.xvit.finetune.progress import check_same, read, write

BEFORE = dict(arguments=dict(epochs=3, val_fraction=0.2), videos={'a': [1], 'b': [2]})


def test_files_are_read_back(tmp_path):
    assert read(tmp_path / 'none.json') == {}
    write(tmp_path / 'some.json', BEFORE)
    assert read(tmp_path / 'some.json') == BEFORE


def test_the_same_goes_on():
    check_same('work', BEFORE, BEFORE)


@pytest.mark.parametrize(
    ('now', 'message'),
    [
        (dict(arguments=dict(val_fraction=0.3)), '--val-fraction 0.2, now it is 0.3'),
        (dict(videos={'b': [2], 'c': [1]}), r'1 new \(such as c\), 1 gone \(such as a\)'),
        (dict(videos={'a': [9], 'b': [2]}), r'1 changed \(such as a\)'),
    ],
)
def test_what_differs_is_named(now, message):
    with pytest.raises(ValueError, match=message + r'.*another --work-dir'):
        check_same('work', BEFORE, BEFORE | now)
