"""Fill in what the code knows of the models in projects/xvit/metafile.yml.

``FLOPs`` (multiply-adds of one view of the test pipeline, backbone and head) and
``Parameters`` are counted from each model's config; everything else is kept. To list a
new model, write its entry by hand without those two, and run::

    python tools/make_metafile.py          # write the file
    python tools/make_metafile.py --check  # say what is stale, and fail if anything is
"""

import argparse
from pathlib import Path

import yaml
from mmengine.config import Config

import projects.xvit  # noqa: F401
from projects.xvit.analysis import (
    build_recognizer,
    count_multiply_adds,
    view_shape,
    without_weights,
)

ROOT = Path(__file__).parents[1]
METAFILE = ROOT / 'projects/xvit/metafile.yml'
COUNTED: dict[str, dict[str, int]] = {}
HEADER = """\
# Results, and what they were pretrained on, are those that the authors report, on the page
# that `Converted From: Code` or `Reported In` names; none were measured here. The authors'
# files do not load as they are, so no model has `Weights`: `Converted From: Command` makes
# them of the file at `Converted From: Weights`. FLOPs are multiply-adds of one view; they
# and Parameters are filled in by tools/make_metafile.py.
"""


def count(config: str) -> dict[str, int]:
    """A config's ``FLOPs`` and ``Parameters``, as the metafile has them.

    Args:
        config (str): Its path in the repository. Configs of the same model, on views of
            the same shape, are counted once.
    """
    cfg = Config.fromfile(ROOT / config)
    shape = view_shape(cfg)
    same = repr((without_weights(cfg.model), shape))
    if same not in COUNTED:
        model = build_recognizer(cfg)
        COUNTED[same] = dict(
            FLOPs=count_multiply_adds(model, shape),
            Parameters=sum(parameter.numel() for parameter in model.parameters()),
        )
    return COUNTED[same]


def filled(text: str) -> str:
    """The metafile with every model's counts, in the layout that this tool writes."""
    content = yaml.safe_load(text)
    for model in content['Models']:
        model['Metadata'].update(count(model['Config']))
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=92)


def stale(old: str, new: str) -> list[str]:
    """The names of the models whose entries differ, or the layout if only that does."""
    entries = [yaml.safe_load(text)['Models'] for text in (old, new)]
    names = [was['Name'] for was, now in zip(*entries) if was != now]
    return names if names or old == new else ['the layout']


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--check', action='store_true', help='write nothing')
    args = parser.parse_args()
    old = METAFILE.read_text()
    new = filled(old)
    changed = ', '.join(stale(old, new))
    if not changed:
        print(f'{METAFILE} is up to date')
    elif args.check:
        parser.exit(1, f'{METAFILE} is stale: {changed}\n')
    else:
        METAFILE.write_text(new)
        print(f'{METAFILE} is rewritten: {changed}')


if __name__ == '__main__':
    main()
