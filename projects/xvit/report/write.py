"""Test a checkpoint and write its report."""

import json
import math
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device

from ..benchmark.report import conditions
from ..checkpoints.verify import short_hash
from ..files import replacing
from ..version import __version__
from .curves import Curve, Curves, read_curves
from .page import render
from .predictions import first_view, predict
from .statistics import summarize

LIBRARIES = ('scikit-learn', 'scipy', 'decord')


def write_report(
    cfg: Config,
    config: Path,
    checkpoint: Path,
    out_dir: Path,
    left_out: list[dict] | None = None,
    commands: Sequence[str] = (),
    classes: Sequence[str] | None = None,
) -> dict:
    """Test a checkpoint, and write ``report.json`` and then ``report.html``, each whole.

    The training's curves are from MMEngine's logs beside the checkpoint, or else in
    ``out_dir``.

    Args:
        cfg (Config): The config, with any changes.
        config (Path): Its file.
        checkpoint (Path): A ``.pth`` or ``.safetensors`` file.
        out_dir (Path): The folder for both files. It is made if it is missing.
        left_out (list[dict], optional): ``path`` and ``reason`` of the videos that were
            left out.
        commands (Sequence[str]): The commands before this one, for the page.
        classes (Sequence[str], optional): See :func:`~.predictions.predict`.

    Returns:
        dict: What ``report.json`` holds.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: See :func:`~.predictions.predict`.
    """
    out_dir.mkdir(parents=True, exist_ok=True)  # Before the test, which takes long.
    curves = read_curves(checkpoint.parent)
    if not curves.training and not curves.validation:
        curves = read_curves(out_dir)
    predictions = predict(cfg, checkpoint, classes)
    here = conditions(get_device())
    parts = dict(
        config=str(config),
        checkpoint=str(checkpoint),
        sha256=short_hash(checkpoint),
        metrics=predictions.metrics,
        **summarize(predictions),
        curves=_curves(curves),
        left_out=left_out,
        commands=[*commands, here['command']],
        versions={
            'mmaction2-xvit': __version__,
            **here['versions'],
            **{name: version(name) for name in LIBRARIES},
        },
        machine=here['machine'],
        date=here['date'],
    )
    report = plain(parts)
    page = render(report, curves, lambda i: first_view(predictions.dataset, i))
    # A line for each key: a matrix of 400 x 400 would have 160,000 lines otherwise.
    lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in report.items()]
    with replacing(out_dir / 'report.json', 'w', encoding='utf-8') as file:
        file.write('{\n' + ',\n'.join(lines) + '\n}\n')
    # A file name's bytes may be no text.
    html = out_dir / 'report.html'
    with replacing(html, 'w', encoding='utf-8', errors='backslashreplace') as file:
        file.write(page)
    return report


def plain(value):
    """A value as JSON can hold it: no array, no tensor, and None for NaN and infinity."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, 'tolist'):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _curves(curves: Curves) -> dict:
    def columns(curves: dict[str, Curve]) -> dict:
        return {
            name: dict(step=list(curve), value=list(curve.values()))
            for name, curve in curves.items()
        }

    return dict(
        training=columns(curves.training),
        validation=columns(curves.validation),
        validation_step='epoch' if curves.by_epoch else 'iteration',
    )
