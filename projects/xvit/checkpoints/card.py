"""The model card: what a published file is, and how to use it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import ModelCard, ModelCardData
from mmaction.registry import MODELS
from mmengine.config import Config

from ..analysis import Cost

README = Path(__file__).parents[1] / 'README.md'
TEMPLATE = """\
---
{{ card_data }}
---

# {{ title }}

A video classifier: {{ method }}, `{{ model.backbone.type }}` with
`{{ model.cls_head.type }}`, {{ classes }} classes.

| | |
| --- | --- |
| config | `{{ facts.config }}` |
| training data | {{ facts.data or 'not stated' }} |
| weights | {{ 'exponential moving average (EMA) of the training steps' if averaged
    else 'as in the checkpoint' }} |
| parameters | {{ parameters }} M |
| GFLOPs | {{ gflops }} multiply-adds, one view of {{ view }} |
| license | {{ facts.license or 'not stated' }} |
{%- if facts.throughput %}
| throughput | {{ facts.throughput }} |
{%- endif %}

## Metrics

{% if facts.metrics -%}
| metric | value | measured by |
| --- | --- | --- |
{%- for name, value in facts.metrics.items() %}
| {{ name }} | {{ value }} | {{ facts.measured_by or 'not stated' }} |
{%- endfor %}
{%- else -%}
None stated.
{%- endif %}

## Use

```python
{% if file -%}
import projects.xvit
from mmaction.apis import inference_recognizer, init_recognizer

model = init_recognizer('{{ facts.config }}', '{{ file }}', device='cpu')
{%- else -%}
from projects.xvit.checkpoints.hub import from_pretrained
from mmaction.apis import inference_recognizer

model = from_pretrained('{{ title }}')
{%- endif %}
print(inference_recognizer(model, 'video.mp4').pred_score)
```
{%- if citation %}

## Citation

```bibtex
{{ citation }}
```
{%- endif %}
"""


@dataclass
class Facts:
    """What only the publisher knows. The card says ``not stated`` for what is not given.

    Args:
        config (str): The config's file name.
        data (str, optional): What the model was trained on.
        metrics (dict[str, str]): Values by name.
        measured_by (str, optional): Who measured them, and how.
        throughput (str, optional): With its unit, hardware and batch size.
        license (str, optional): Of the weights.
    """

    config: str
    data: str | None = None
    metrics: dict[str, str] = field(default_factory=dict)
    measured_by: str | None = None
    throughput: str | None = None
    license: str | None = None


def render_card(
    title: str, file: str | None, cfg: Config, facts: Facts, cost: Cost, averaged: bool
) -> str:
    """A model's card in Markdown, with the header that the Hugging Face Hub reads.

    Args:
        title (str): The name of the file without its suffix, or of the folder.
        file (str, optional): The file's name. None for a folder.
        cfg (Config): The model's config.
        facts (Facts): What only the publisher knows.
        cost (Cost): What was counted.
        averaged (bool): Whether the weights are a moving average.
    """
    classes = cfg.model.cls_head.num_classes
    if isinstance(classes, dict):
        classes = ' + '.join(f'{count} {task}' for task, count in classes.items())
    method, key = method_of(cfg.model.backbone.type)
    header = ModelCardData(
        library_name='mmaction2',
        pipeline_tag='video-classification',
        license=facts.license.lower() if facts.license else None,
    )
    card = ModelCard.from_template(
        header,
        template_str=TEMPLATE,
        title=title,
        file=file,
        method=method,
        model=cfg.model,
        classes=classes,
        facts=facts,
        averaged=averaged,
        parameters=f'{cost.parameters[""] / 1e6:.3f}',
        gflops=f'{cost.multiply_adds[""] / 1e9:.3f}',
        view=' x '.join(map(str, cost.shape[2:])),
        citation=citation(key) if key else None,
    )
    return f'{card.content.strip()}\n'


def method_of(backbone: str) -> tuple[str, str | None]:
    """A backbone's method, and the key of its citation in the README.

    They are the attributes ``method`` and ``citation`` of its class. A class without them
    has its own name, and no citation.
    """
    cls = MODELS.get(backbone)
    return getattr(cls, 'method', backbone), getattr(cls, 'citation', None)


def citation(key: str) -> str:
    """The BibTeX entry with this key in the project's README."""
    return re.search(rf'@\w+\{{{key},.*?\n\}}', README.read_text(), flags=re.DOTALL)[0]
