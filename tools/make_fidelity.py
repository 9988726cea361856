"""Write configs/FIDELITY.md: every recipe beside its authors', item by item.

Our values come from the configs (``tools/describe_config.py``). The authors' values, links
to them, and the reasons for differences are in ``configs/fidelity.yml``. Two values are the
same if their texts are equal. A row whose values differ needs a ``why``, and others must
not have one::

    python tools/make_fidelity.py          # write the page
    python tools/make_fidelity.py --check  # say whether it is stale, and fail if so
"""

import argparse
import re
from pathlib import Path
from typing import NamedTuple

import yaml
from describe_config import Describer
from mmengine.config import Config

from projects.xvit.files import replacing

ROOT = Path(__file__).parents[1]
PAGE = ROOT / 'configs/FIDELITY.md'
DATA = ROOT / 'configs/fidelity.yml'
UNSAID = 'not said'


class Row(NamedTuple):
    """One item of one config, beside the authors'."""

    config: str
    item: str
    authors: str
    source: str
    ours: str
    same: str
    why: str


class Fidelity:
    """The comparison in ``fidelity.yml``.

    Args:
        data (dict): The file's content: ``words`` (see ``Describer``), ``sources`` (the
            URLs of the authors' texts), ``introduction`` and ``recipes``. Each recipe has a
            ``title``, the authors' ``file``, an ``about``, and ``configs``, which give the
            authors' ``rows`` by config. A config that is ``like`` another shows only what
            differs from it.
    """

    def __init__(self, data: dict) -> None:
        self.data = data
        self.describer = Describer(data['words'])
        self.described: dict[str, dict[str, str]] = {}
        self.links: dict[str, int] = {}
        self.files: dict[str, str] = {}
        self.given: dict[str, dict[str, dict]] = {}
        for recipe in data['recipes']:
            for name, config in recipe['configs'].items():
                self.given[name] = config.get('rows', {})
                self.files[name] = recipe.get('file', '')

    def ours(self, name: str) -> dict[str, str]:
        """A config, item by item, in words."""
        if name not in self.described:
            cfg = Config.fromfile(ROOT / f'configs/{name}.py')
            self.described[name] = self.describer.describe(cfg)
        return self.described[name]

    def rows(self, name: str, like: str | None = None) -> list[Row]:
        """A config's rows. With ``like``, only those that differ from that config's.

        Raises:
            ValueError: If an item has no row, or a row has no item.
        """
        ours, given = self.ours(name), self.given[name]
        items = [i for i in ours if not like or i in given or ours[i] != self.ours(like)[i]]
        if missing := [item for item in items if item not in given]:
            raise ValueError(
                f'{name}: {DATA.name} does not say what the authors have for '
                + '; '.join(f'{item} (ours: {ours[item]})' for item in missing)
            )
        if unknown := given.keys() - ours.keys():
            raise ValueError(f'{name}: no item is named {", ".join(sorted(unknown))}')
        return [self.row(name, item, ours[item], **given[item]) for item in items]

    def row(
        self, name: str, item: str, ours: str, authors: str, source: str = '', why: str = ''
    ) -> Row:
        """One row, with the verdict whether ours is the same.

        Raises:
            ValueError: If a row that differs has no ``why``, or another has one.
        """
        authors = str(authors)
        same = 'yes' if authors == ours else UNSAID if authors == UNSAID else 'no'
        if (same == 'yes') == bool(why):
            problem = 'needs no' if why else 'needs a'
            raise ValueError(
                f'{name}, {item}: {problem} why: authors {authors!r}, ours {ours!r}'
            )
        link = self.link(source.replace('{file}', self.files.get(name, '')))
        return Row(f'`{name}.py`', item, authors, link, ours, same, why)

    def link(self, source: str) -> str:
        """``'xvit slowfast/x.py'`` as a numbered link to the file, or to a paper."""
        links = []
        for one in filter(None, source.split('; ')):
            base, _, place = one.partition(' ')
            url = self.data['sources'][base]
            url += place if url.endswith('/') else ''
            number = self.links.setdefault(url, len(self.links) + 1)
            links.append(f'[{place.split("/")[-1]}][{number}]')
        return ', '.join(links)

    def page(self) -> str:
        """The whole of FIDELITY.md."""
        self.links.clear()
        sections, counts = [], []
        for recipe in self.data['recipes']:
            section, rows = self.section(recipe)
            sections.append(section)
            kinds = [
                sum(row.same == kind for row in rows) for kind in ('yes', 'no', UNSAID)
            ]
            anchor = re.sub(r'[^a-z0-9 -]', '', recipe['title'].lower()).replace(' ', '-')
            counts.append([f'[{recipe["title"]}](#{anchor})', *map(str, kinds)])
        overview = table(('recipe', 'same', 'not the same', 'authors do not say'), counts)
        links = ''.join(f'[{number}]: {url}\n' for url, number in self.links.items())
        return '\n'.join([self.data['introduction'], overview, *sections, links])

    def section(self, recipe: dict) -> tuple[str, list[Row]]:
        """A recipe's text, and its rows: whole configs, then those that are like one."""
        parts, all_rows, others = [f'## {recipe["title"]}\n\n{recipe["about"]}'], [], []
        for name, config in recipe['configs'].items():
            rows = self.rows(name, config.get('like'))
            all_rows += rows
            if 'like' in config:
                others += rows
                continue
            head = ('item', 'authors', 'ours', 'same?', 'why, and by how much')
            parts.append(table(head, [cells(row)[1:] for row in rows]))
        if others:
            head = ('config', 'item', 'authors', 'ours', 'same?', 'why, and by how much')
            parts.append(table(head, [cells(row) for row in others]))
        return '\n'.join(parts), all_rows


def cells(row: Row) -> list[str]:
    """A row's cells, with the source below the authors' value."""
    authors = f'{row.authors}<br>{row.source}' if row.source else row.authors
    return [row.config, row.item, authors, row.ours, row.same, row.why]


def table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ('---',) * len(head), *rows]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--check', action='store_true', help='write nothing')
    args = parser.parse_args()
    new = Fidelity(yaml.safe_load(DATA.read_text())).page()
    if PAGE.exists() and PAGE.read_text() == new:
        print(f'{PAGE} is up to date')
    elif args.check:
        parser.exit(1, f'{PAGE} is stale: run python tools/make_fidelity.py\n')
    else:
        with replacing(PAGE, 'w') as file:
            file.write(new)
        print(f'{PAGE} is rewritten')


if __name__ == '__main__':
    main()
