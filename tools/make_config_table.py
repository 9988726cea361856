"""Write the table of configs/README.md: every config, what it costs, what it should reach.

Frames and views are read from a config's test pipeline. GFLOPs and parameters are those
that projects/xvit/metafile.yml has from ``tools/make_metafile.py``, or are counted if it
does not list the model; the accuracies, the authors' own, are the metafile's. To add a
config, list it in the metafile, and run::

    python tools/make_metafile.py
    python tools/make_config_table.py          # write the table
    python tools/make_config_table.py --check  # say whether it is stale, and fail if so
"""

import argparse
import os
from pathlib import Path

import yaml
from make_metafile import METAFILE, ROOT, count
from mmengine.config import Config

from projects.xvit.analysis import view_shape

README = ROOT / 'configs/README.md'
BEGIN = '<!-- Written by tools/make_config_table.py: -->\n'
END = '<!-- the end of what it writes. -->\n'
# A folder of data, as configs name it, and what lies there.
DATA = {
    'data/diving48': 'Diving48',
    'data/epic': 'EPIC-KITCHENS-100',
    'data/kinetics400': 'Kinetics-400',
    'data/kinetics600': 'Kinetics-600',
    'data/motion': 'rendered motions',
    'data/sthv1': 'Something-Something V1',
    'data/sthv2': 'Something-Something V2',
}
HEAD = (
    ('config', 'data', 'frames', 'views', 'GFLOPs', 'params (M)', 'top-1', 'source'),
    ('---',) * 8,
)
CROPS = dict(CenterCrop=1, ThreeCrop=3, TenCrop=10)


def views(cfg: Config) -> str:
    """Temporal x spatial views of a config's test pipeline.

    Raises:
        ValueError: If the pipeline has not one sampling and one crop.
    """
    steps = cfg.test_dataloader.dataset.pipeline
    clips = [step.get('num_clips', 1) for step in steps if 'clip_len' in step]
    crops = [CROPS[step.type] for step in steps if step.type in CROPS]
    if len(clips) != 1 or len(crops) != 1:
        raise ValueError(
            f'{cfg.filename}: the test pipeline must have one step with clip_len and one '
            f'of {", ".join(CROPS)}, to tell the views'
        )
    return f'{clips[0]} x {crops[0]}'


def source(model: dict) -> str:
    """A link to the page on which the authors report the model's results."""
    if not model['Results']:
        return ''
    page = model.get('Reported In') or model['Converted From']['Code']
    name = 'paper' if 'arxiv.org' in page else "authors' repository"
    return f'[{name}]({page})'


def row(name: str, model: dict | None) -> tuple[str, ...]:
    """The cells of a config, of which the metafile may have an entry."""
    path = f'configs/{name}.py'
    cfg = Config.fromfile(ROOT / path)
    _, _, frames, height, width = view_shape(cfg)
    about = model['Metadata'] if model else count(path)
    metrics = [m for r in (model['Results'] if model else []) for m in r['Metrics'].items()]
    return (
        f'[`{name}.py`]({name}.py)',
        DATA[cfg.train_dataloader.dataset.data_root],
        f'{frames} x {height}²' if height == width else f'{frames} x {height} x {width}',
        views(cfg),
        f'{about["FLOPs"] / 1e9:.2f}',
        f'{about["Parameters"] / 1e6:.2f}',
        ', '.join(str(v) for k, v in metrics if k.startswith('Top 1')),
        source(model) if model else '',
    )


def table() -> str:
    """The whole table, in Markdown."""
    models = {m['Name']: m for m in yaml.safe_load(METAFILE.read_text())['Models']}
    names = sorted(path.stem for path in (ROOT / 'configs').glob('*.py'))
    rows = [*HEAD, *(row(name, models.get(name)) for name in names)]
    return ''.join(f'| {" | ".join(cells)} |\n' for cells in rows)


def filled(text: str) -> str:
    """The page with the table of now between its markers.

    Raises:
        ValueError: If the page has not each marker once, in this order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f'{README} must have the lines {BEGIN!r} and {END!r}, each once')
    return f'{before}{BEGIN}\n{table()}\n{END}{after}'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--check', action='store_true', help='write nothing')
    args = parser.parse_args()
    old = README.read_text()
    new = filled(old)
    if new == old:
        print(f'{README} is up to date')
    elif args.check:
        parser.exit(1, f'{README} is stale: run python tools/make_config_table.py\n')
    else:
        draft = Path(f'{README}.new')
        draft.write_text(new)
        os.replace(draft, README)
        print(f'{README} is rewritten')


if __name__ == '__main__':
    main()
