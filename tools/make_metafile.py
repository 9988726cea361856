"""Fill in what the code knows of the models: the metafile, and the table of the configs.

In projects/xvit/metafile.yml, ``FLOPs`` (multiply-adds of one view of the test pipeline,
backbone and head) and ``Parameters`` are counted from each model's config. All else is
kept. configs/README.md gets a table of all configs, with the authors' accuracies from the
metafile. To list a new model, write its entry without the two counts, and run::

    python tools/make_metafile.py          # write both files
    python tools/make_metafile.py --check  # write nothing, and fail if one is stale
"""

import argparse
import functools
from pathlib import Path
from unittest import mock

import torch
import yaml
from mmengine.config import Config

import projects.xvit  # noqa: F401
from projects.xvit.analysis import build_recognizer, view_shape, without_weights
from projects.xvit.files import replacing
from projects.xvit.multiply_adds import count_multiply_adds

ROOT = Path(__file__).parents[1]
METAFILE = ROOT / 'projects/xvit/metafile.yml'
README = ROOT / 'configs/README.md'
COUNTED: dict[str, dict[str, int]] = {}
HEADER = """\
# Results, and what they were pretrained on, are those that the authors report, on the page
# that `Converted From: Code` or `Reported In` names. None were measured here. The authors'
# files do not load as they are, so no model has `Weights`: `Converted From: Command` makes
# them from the file at `Converted From: Weights`. FLOPs are multiply-adds of one view.
# tools/make_metafile.py fills in FLOPs and Parameters.
"""
BEGIN = '<!-- Written by tools/make_metafile.py: -->\n'
END = '<!-- the end of what it writes. -->\n'
# The data in each folder that configs name.
DATA = {
    'data/diving48': 'Diving48',
    'data/epic': 'EPIC-KITCHENS-100',
    'data/kinetics400': 'Kinetics-400',
    'data/kinetics600': 'Kinetics-600',
    'data/motion': 'rendered motions',
    'data/motion_untrimmed': 'rendered motions that change',
    'data/sthv1': 'Something-Something V1',
    'data/sthv2': 'Something-Something V2',
}
HEAD = ('config', 'data', 'frames', 'views', 'GFLOPs', 'params (M)', 'top-1', 'source')
CROPS = dict(CenterCrop=1, ThreeCrop=3, TenCrop=10)


@functools.cache
def load(config: str) -> Config:
    """A config by its path in the repository, read once."""
    return Config.fromfile(ROOT / config)


def count(config: str) -> dict[str, int]:
    """A config's ``FLOPs`` and ``Parameters``, as the metafile has them.

    Args:
        config (str): Its path in the repository. Configs with the same model and the same
            shape of a view are counted once.
    """
    cfg = load(config)
    shape = view_shape(cfg)
    model = without_weights(cfg.model.to_dict())
    model.pop('data_preprocessor', None)  # It costs nothing.
    same = repr((model, shape))
    if same not in COUNTED:
        # Neither memory nor time for the weights. mmpretrain reads the drop rates of Swin's
        # blocks off a tensor, which has no values on the meta device.
        linspace = functools.partial(torch.linspace, device='cpu')
        with mock.patch.object(torch, 'linspace', linspace), torch.device('meta'):
            model = build_recognizer(Config(dict(model=model)))
        COUNTED[same] = dict(
            FLOPs=count_multiply_adds(model, shape),
            Parameters=sum(parameter.numel() for parameter in model.parameters()),
        )
    return COUNTED[same]


def metafile(text: str) -> str:
    """The metafile with every model's counts."""
    content = yaml.safe_load(text)
    for model in content['Models']:
        model['Metadata'].update(count(model['Config']))
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=92)


def page(text: str, metafile: str) -> str:
    """configs/README.md with the table of all configs between its markers.

    Raises:
        ValueError: If the page does not have each marker once, in this order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f'{README} must have the lines {BEGIN!r} and {END!r}, each once')
    models = {model['Name']: model for model in yaml.safe_load(metafile)['Models']}
    names = sorted(path.stem for path in (ROOT / 'configs').glob('*.py'))
    rows = [HEAD, ('---',) * len(HEAD), *(row(name, models.get(name)) for name in names)]
    table = ''.join(f'| {" | ".join(cells)} |\n' for cells in rows)
    return f'{before}{BEGIN}\n{table}\n{END}{after}'


def row(name: str, model: dict | None) -> tuple[str, ...]:
    """A config's cells in the table; ``model`` is its entry in the metafile, if any."""
    path = f'configs/{name}.py'
    cfg = load(path)
    _, _, frames, height, width = view_shape(cfg)
    about = model['Metadata'] if model else count(path)
    metrics = [m for r in (model['Results'] if model else []) for m in r['Metrics'].items()]
    return (
        f'[`{name}.py`]({name}.py)',
        DATA[cfg.test_dataloader.dataset.data_root],
        f'{frames} x {height}²' if height == width else f'{frames} x {height} x {width}',
        views(cfg),
        f'{about["FLOPs"] / 1e9:.2f}',
        f'{about["Parameters"] / 1e6:.2f}',
        ', '.join(str(v) for k, v in metrics if k.startswith('Top 1')),
        source(model) if metrics else '',
    )


def views(cfg: Config) -> str:
    """Temporal x spatial views of a config's test pipeline.

    Raises:
        ValueError: If the pipeline does not have exactly one sampling and one crop.
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
    page = model.get('Reported In') or model['Converted From']['Code']
    name = 'paper' if 'arxiv.org' in page else "authors' repository"
    return f'[{name}]({page})'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--check', action='store_true', help='write nothing')
    args = parser.parse_args()
    models = metafile(METAFILE.read_text())
    new = {METAFILE: models, README: page(README.read_text(), models)}
    stale = [path for path, text in new.items() if path.read_text() != text]
    if args.check and stale:
        names = ', '.join(map(str, stale))
        parser.exit(1, f'stale: {names}; run python tools/make_metafile.py\n')
    for path in stale:
        with replacing(path, 'w') as file:
            file.write(new[path])
    for path in new:
        print(f'{path} is {"rewritten" if path in stale else "up to date"}')


if __name__ == '__main__':
    main()
