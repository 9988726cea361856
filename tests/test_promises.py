"""ROBUSTNESS.md names the tests behind its promises: they must be there, and slow if so."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = (ROOT / 'projects/xvit/ROBUSTNESS.md').read_text()


def test_every_promise_names_tests_that_exist():
    rows = [line for line in TABLES.splitlines() if line.startswith('| ')]
    promises = [row for row in rows if not re.match(r'\| (promise|---)', row)]
    assert len(promises) > 20
    for row in promises:
        tests = row.rsplit(' | ', 1)[1]
        named = re.findall(r'`([\w/]+\.py)(?:::(\w+))?`', tests)
        assert named, f'no test is named for: {row}'
        for file, function in named:
            text = (ROOT / 'tests' / file).read_text()
            assert f'\ndef {function or "test_"}' in text, f'{file}::{function}'
            assert ('pytest.mark.slow' in text) or '(slow)' not in row, row
