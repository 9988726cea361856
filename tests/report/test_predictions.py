"""What a test pass over unreadable videos says."""

import pytest

from projects.xvit.report.predictions import unreadable_videos

# As torch raises a data worker's error again.
FROM_A_WORKER = """Caught RuntimeError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File "checked_video_dataset.py", line 88, in prepare_data
    raise RuntimeError(message) from error
RuntimeError: val.txt:2: cannot read val/no.mp4: it does not exist
"""


def test_a_data_workers_error_becomes_one_sentence():
    with pytest.raises(ValueError) as caught, unreadable_videos():
        raise RuntimeError(FROM_A_WORKER)
    assert str(caught.value) == 'val.txt:2: cannot read val/no.mp4: it does not exist'


def test_other_errors_stay():
    with pytest.raises(RuntimeError, match='out of memory'), unreadable_videos():
        raise RuntimeError('out of memory')
