"""The model card: what a published file is, and how to use it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config

from ..analysis import Cost

README = Path(__file__).parents[1] / 'README.md'


@dataclass
class Facts:
    """What only the publisher knows; what is not given the card says is not stated.

    Args:
        config (str): The config's file name.
        data (str, optional): What the model was trained on.
        metrics (dict[str, str]): Values by name.
        measured_by (str, optional): Who measured them, and how.
        throughput (str, optional): With its unit, hardware and batch size.
        license (str, optional): Of the weights.

    Raises:
        ValueError: If there are metrics that nobody measured.
    """

    config: str
    data: str | None = None
    metrics: dict[str, str] = field(default_factory=dict)
    measured_by: str | None = None
    throughput: str | None = None
    license: str | None = None

    def __post_init__(self) -> None:
        if self.metrics and not self.measured_by:
            raise ValueError('measured_by must say who measured the metrics, got none')


def render_card(
    title: str, use: str, cfg: Config, facts: Facts, cost: Cost, averaged: bool
) -> str:
    """The card of a model in Markdown, with the Hub's header.

    Args:
        title (str): Its heading.
        use (str): Code that loads it.
        cfg (Config): The model's.
        facts (Facts): What cannot be counted.
        cost (Cost): What was counted.
        averaged (bool): Whether the weights are a moving average.
    """
    backbone, head = cfg.model.backbone.type, cfg.model.cls_head
    classes = head.num_classes
    if isinstance(classes, dict):
        classes = ' + '.join(f'{count} {task}' for task, count in classes.items())
    method, key = method_of(backbone)
    sections = [
        _header(facts),
        f'# {title}',
        f'A video classifier: {method}, `{backbone}` with `{head.type}`, '
        f'{classes} classes.',
        _table(facts, cost, averaged),
        _metrics(facts),
        f'## Use\n\n```python\n{use}\n```',
    ]
    if key is not None:
        sections.append(f'## Citation\n\n```bibtex\n{citation(key)}\n```')
    return '\n\n'.join(sections) + '\n'


def method_of(backbone: str) -> tuple[str, str | None]:
    """The short name of a backbone's method, and its citation's key in README.

    Its class says them by the attributes ``method`` and ``citation``.
    """
    cls = MODELS.get(backbone)
    return getattr(cls, 'method', backbone), getattr(cls, 'citation', None)


def use_file(config: str, weights: str) -> str:
    """Code that predicts with a file."""
    return f"""import projects.xvit
from mmaction.apis import inference_recognizer, init_recognizer

model = init_recognizer('{config}', '{weights}', device='cpu')
print(inference_recognizer(model, 'video.mp4').pred_score)"""


def use_folder(folder: Path) -> str:
    """Code that predicts with a folder."""
    return f"""from mmaction.apis import inference_recognizer
from projects.xvit.checkpoints.hub import from_pretrained

model = from_pretrained('{folder.name}')
print(inference_recognizer(model, 'video.mp4').pred_score)"""


def citation(key: str) -> str:
    """The BibTeX entry of this key in the project's README."""
    return re.search(rf'@\w+\{{{key},.*?\n\}}', README.read_text(), flags=re.DOTALL)[0]


def _header(facts: Facts) -> str:
    lines = ['library_name: mmaction2', 'pipeline_tag: video-classification']
    if facts.license:
        lines.append(f'license: {facts.license.lower()}')
    return '\n'.join(['---', *lines, '---'])


def _table(facts: Facts, cost: Cost, averaged: bool) -> str:
    all_modules = ''
    gflops = cost.multiply_adds[all_modules] / 1e9
    view = ' x '.join(map(str, cost.shape[2:]))
    rows = {
        'config': f'`{facts.config}`',
        'training data': facts.data or 'not stated',
        'weights': 'exponential moving average (EMA) of the training steps'
        if averaged
        else 'as in the checkpoint',
        'parameters': f'{cost.parameters[all_modules] / 1e6:.3f} M',
        'GFLOPs': f'{gflops:.3f} multiply-adds, one view of {view}',
        'license': facts.license or 'not stated',
    }
    if facts.throughput:
        rows['throughput'] = facts.throughput
    return '\n'.join(
        ['| | |', '| --- | --- |', *(f'| {k} | {v} |' for k, v in rows.items())]
    )


def _metrics(facts: Facts) -> str:
    if not facts.metrics:
        return '## Metrics\n\nNone stated.'
    rows = [f'| {k} | {v} | {facts.measured_by} |' for k, v in facts.metrics.items()]
    head = ['| metric | value | measured by |', '| --- | --- | --- |']
    return '\n'.join(['## Metrics', '', *head, *rows])
