"""Predict the class of a video, and draw what the model saw and what it says.

The picture shows the frames of the first view and the classes with the highest scores.
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
import torch
from mmaction.apis import inference_recognizer, init_recognizer
from mmengine.dataset import Compose
from mmengine.fileio import list_from_file
from mmengine.registry import init_default_scope

import projects.xvit  # noqa: F401

matplotlib.use('Agg')
import matplotlib.pyplot as plt


def first_view(cfg, video: str) -> np.ndarray:
    """The frames of the test pipeline's first view, ``(T, H, W, 3)`` uint8."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    sample = dict(filename=video, label=-1, start_index=0, modality='RGB')
    views = Compose(cfg.test_pipeline)(sample)['inputs']
    return views[0].permute(1, 2, 3, 0).to(torch.uint8).numpy()


def draw(frames: np.ndarray, names: list[str], scores: list[float], path: Path) -> None:
    """Frames in a row of at most eight, and a bar for each class below."""
    columns = min(len(frames), 8)
    rows = -(-len(frames) // columns)
    figure = plt.figure(figsize=(1.4 * columns, 1.4 * rows + 0.35 * len(names) + 0.5))
    above, below = figure.subfigures(
        2, 1, height_ratios=[1.4 * rows, 0.35 * len(names) + 0.5]
    )
    axes = np.atleast_1d(above.subplots(rows, columns)).ravel()
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
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('video')
    parser.add_argument('--labels', type=Path, help='a file with one class name a line')
    parser.add_argument('--out', type=Path, help='write a picture (PNG) here')
    parser.add_argument('--topk', type=int, default=5)
    parser.add_argument(
        '--device', default='cuda:0' if torch.cuda.is_available() else 'cpu'
    )
    args = parser.parse_args()
    if args.topk < 1:
        parser.error(f'--topk must be at least 1, got {args.topk}')
    for path in (args.config, args.checkpoint, args.video, args.labels):
        if path is not None and not Path(path).is_file():
            parser.error(f'{path} does not exist')

    model = init_recognizer(args.config, args.checkpoint, device=args.device)
    scores = inference_recognizer(model, args.video).pred_score
    best = scores.topk(min(args.topk, len(scores)))
    labels = list_from_file(args.labels) if args.labels else None
    if labels is not None and len(labels) != len(scores):
        parser.error(
            f'{args.labels} has {len(labels)} names, the model {len(scores)} classes'
        )
    names = [labels[i] if labels else f'class {i}' for i in best.indices.tolist()]
    for name, score in zip(names, best.values.tolist()):
        print(f'{score:.3f}  {name}')
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        draw(first_view(model.cfg, args.video), names, best.values.tolist(), args.out)
        print(f'picture: {args.out}')


if __name__ == '__main__':
    main()
