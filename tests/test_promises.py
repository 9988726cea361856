"""ROBUSTNESS.md names the tests behind its promises: they must be there, and slow if so."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = (ROOT / 'projects/xvit/ROBUSTNESS.md').read_text()


def test_every_promise_names_tests_that_exist():
    tables = re.findall(r'^\| promise .*\n\| ---.*\n((?:\|.*\n)+)', TABLES, re.M)
    promises = [row for table in tables for row in table.splitlines()]
    assert len(promises) > 20
    for row in promises:
        tests = row.rsplit(' | ', 1)[1]
        named = re.findall(r'`([\w/]+\.py)(?:::(\w+))?`', tests)
        assert named, f'no test is named for: {row}'
        for file, function in named:
            text = (ROOT / 'tests' / file).read_text()
            assert f'\ndef {function or "test_"}' in text, f'{file}::{function}'
            assert ('pytest.mark.slow' in text) or '(slow)' not in row, row
