"""The tested versions: each Python that is supported can install them."""

from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize('python', ['3.10', '3.11', '3.12'])
def test_each_python_can_install_the_tested_versions(python):
    """As far as the versions that are installed here say which Python they need."""
    refused, checked = [], 0
    for file in (ROOT / 'requirements').glob('*.txt'):
        lines = [line for line in file.read_text().splitlines() if '==' in line]
        for requirement in map(Requirement, lines):
            marker = requirement.marker
            if marker and not marker.evaluate(dict(python_version=python)):
                continue
            try:
                package = metadata(requirement.name)
            except ModuleNotFoundError:  # Its marker excludes this machine.
                continue
            if requirement.specifier.contains(package['Version'].split('+')[0]):
                checked += 1
                needed = SpecifierSet(package.get('Requires-Python', ''))
                if not needed.contains(f'{python}.99'):
                    refused.append(f'{requirement} needs Python {needed}')
    assert checked > 15 and refused == []
