"""Predict the class of a video, and draw what the model saw and what it predicts.

The picture shows the frames of the first view and the classes with the highest scores. If a
model has several tasks, such as verb and noun, a class is a combination of theirs, and its
score is the product of the tasks' scores.
"""

import argparse
from functools import reduce
from itertools import product
from pathlib import Path

import matplotlib
import numpy as np
import torch
from mmaction.apis import inference_recognizer, init_recognizer
from mmengine.dataset import Compose
from mmengine.fileio import list_from_file
from mmengine.registry import init_default_scope
from torch import Tensor

import projects.xvit  # noqa: F401

matplotlib.use('Agg')
import matplotlib.pyplot as plt


def first_view(cfg, video: str) -> np.ndarray:
    """The frames of the test pipeline's first view, ``(T, H, W, 3)`` uint8."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    sample = dict(filename=video, label=-1, start_index=0, modality='RGB')
    views = Compose(cfg.test_pipeline)(sample)['inputs']
    return views[0].permute(1, 2, 3, 0).to(torch.uint8).numpy()


def combine(scores: dict[str, Tensor], labels: list[str]) -> tuple[Tensor, list[str]]:
    """Scores and names of all combinations of one class per task.

    Args:
        scores (dict[str, Tensor]): A vector of probabilities for each task.
        labels (list[str]): The names of the first task's classes, then the next one's.
    """
    names = iter(labels)
    by_task = [[next(names) for _ in vector] for vector in scores.values()]
    joined = reduce(lambda a, b: torch.outer(a, b).flatten(), scores.values())
    return joined, [', '.join(parts) for parts in product(*by_task)]


def draw(frames: np.ndarray, names: list[str], scores: list[float], path: Path) -> None:
    """Draw the frames, at most eight in a row, and below them a bar for each class."""
    columns = min(len(frames), 8)
    rows = -(-len(frames) // columns)
    heights = [1.4 * rows, 0.35 * len(names) + 0.5]
    figure = plt.figure(figsize=(1.4 * columns, sum(heights)))
    above, below = figure.subfigures(2, 1, height_ratios=heights)
    axes = above.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis('off')
    for t, frame in enumerate(frames):
        axes[t].imshow(frame)
        axes[t].set_title(f'frame {t + 1}', fontsize=7)
    axis = below.subplots()
    below.subplots_adjust(left=0.3, bottom=0.25)
    axis.barh(names[::-1], scores[::-1], color='#4477aa')
    axis.set_xlim(0, 1)
    axis.set_xlabel('score')
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('video')
    parser.add_argument(
        '--labels',
        type=Path,
        action='append',
        default=[],
        help='a file with one class name per line; for several tasks, one file for each',
    )
    parser.add_argument('--out', type=Path, help='write a picture (PNG) here')
    parser.add_argument('--topk', type=int, default=5)
    parser.add_argument(
        '--device', default='cuda:0' if torch.cuda.is_available() else 'cpu'
    )
    args = parser.parse_args()
    if args.topk < 1:
        parser.error(f'--topk must be at least 1, got {args.topk}')
    for path in (args.config, args.checkpoint, args.video, *args.labels):
        if not Path(path).is_file():
            parser.error(f'{path} does not exist')

    model = init_recognizer(args.config, args.checkpoint, device=args.device)
    scores = inference_recognizer(model, args.video).pred_score
    if not isinstance(scores, dict):
        scores = {'class': scores}
    if model.cls_head.average_clips != 'prob':
        scores = {task: vector.softmax(dim=-1) for task, vector in scores.items()}
    labels = [f'{task} {i}' for task, vector in scores.items() for i in range(len(vector))]
    if args.labels:
        given = [name for path in args.labels for name in list_from_file(path)]
        if len(given) != len(labels):
            files = ', '.join(map(str, args.labels))
            parser.error(f'{files} has {len(given)} names, the model {len(labels)} classes')
        labels = given
    joined, labels = combine(scores, labels)
    best = joined.topk(min(args.topk, len(joined)))
    names, values = [labels[i] for i in best.indices.tolist()], best.values.tolist()
    for name, value in zip(names, values):
        print(f'{value:.3f}  {name}')
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        draw(first_view(model.cfg, args.video), names, values, args.out)
        print(f'picture: {args.out}')


if __name__ == '__main__':
    main()
