"""Draw what the quickstart's models say about a clip and about its frames in reverse order.

Both clips consist of the same frames, so a model that looks at each frame alone must give
both the same scores. Below is the accuracy of each model over the epochs.
"""

from pathlib import Path

import matplotlib
import numpy as np
import torch
from mmaction.apis import init_recognizer
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from quickstart import DATA, MODELS, PICTURE, WORK
from torch import Tensor

from projects.xvit.files import replacing
from projects.xvit.report.curves import read_curves

matplotlib.use('Agg')
import matplotlib.pyplot as plt

VIDEO, LABEL = 'val/00000.mp4', 0
# Blue and vermilion: colour-blind people can tell them apart.
COLOURS = ('#0072B2', '#D55E00')


def both_ways(cfg, video: Path) -> list[dict]:
    """What the test pipeline makes of a video, and the same with its frames reversed."""
    init_default_scope(cfg.default_scope)
    sample = dict(filename=str(video), label=-1, start_index=0, modality='RGB')
    forward = Compose(cfg.test_pipeline)(sample)
    return [forward, dict(forward, inputs=forward['inputs'].flip(2))]


@torch.no_grad()
def probabilities(model, clip: dict) -> Tensor:
    """The scores of all classes, averaged over the views, ``(num_classes,)``."""
    (result,) = model.test_step(pseudo_collate([clip]))
    return result.pred_score.cpu()


def accuracies(work: Path) -> dict[int, float]:
    """The validation accuracy at each epoch, from all runs in a work folder."""
    return read_curves(work).validation['acc/top1']


def draw_clip(figure, title: str, frames: np.ndarray, answers: list[tuple]) -> None:
    """A row of frames ``(T, H, W, 3)`` and, to its right, a bar for each model's answer.

    An answer is the class with the highest score, that score, and whether it is correct.
    """
    figure.suptitle(title, x=0.005, ha='left', weight='bold')
    ratios = [1] * len(frames) + [0.1, 4.4]
    *axes, gap, bars = figure.subplots(1, len(ratios), width_ratios=ratios)
    gap.axis('off')
    for axis, frame in zip(axes, frames):
        axis.imshow(frame)
        axis.axis('off')
        axis.set_anchor('N')
    for y, (colour, model, answer) in enumerate(zip(COLOURS, MODELS.values(), answers)):
        name, score, correct = answer
        bars.barh(y, 1, color='0.92', height=0.3)
        bars.barh(y, score, color=colour, height=0.3)
        text = f'{model}: {name} {score:.2f} {"✓" if correct else "✗"}'
        bars.text(0, y - 0.22, text, color=colour, va='bottom')
    bars.set(xlim=(0, 1), ylim=(1.2, -0.75))
    bars.set_title('highest score', loc='left', fontsize=11)
    bars.axis('off')


def draw_curves(axis, curves: dict[str, dict[int, float]], chance: float) -> None:
    """The accuracy of each model over the epochs, in percent."""
    for colour, marker, (title, curve) in zip(COLOURS, 'os', curves.items()):
        values = [100 * value for value in curve.values()]
        label = f'{title}: {values[-1]:.1f} %'
        axis.plot(list(curve), values, color=colour, marker=marker, label=label, lw=2.5)
    axis.axhline(100 * chance, color='0.4', ls=':', label=f'chance: {100 * chance:.1f} %')
    axis.set(ylim=(0, 105), xlabel='epoch', ylabel='validation accuracy, 1 view (%)')
    axis.set_xticks(list(curve))
    axis.grid(axis='y', color='0.9')
    axis.legend(loc='center right', frameon=False)


def main() -> None:
    classes = (DATA / 'classes.txt').read_text().splitlines()
    models = []
    for name in MODELS:
        config = Path(__file__).parents[1] / f'configs/{name}.py'
        checkpoint = (WORK / name / 'last_checkpoint').read_text()
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
        models.append(init_recognizer(str(config), checkpoint, device=device))

    plt.rcParams.update(
        {'font.size': 11, 'axes.spines.top': False, 'axes.spines.right': False}
    )
    figure = plt.figure(figsize=(10, 6.4), dpi=150, layout='constrained')
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.05])
    clips = both_ways(models[0].cfg, DATA / VIDEO)
    # Classes 2 i and 2 i + 1 are each other's reverse.
    labels = LABEL, LABEL ^ 1
    for part, clip, label in zip(above.subfigures(2, 1), clips, labels):
        answers = []
        for model in models:
            score, best = probabilities(model, clip).max(dim=0)
            answers.append((classes[best], score.item(), best.item() == label))
        frames = clip['inputs'][0].permute(1, 2, 3, 0).numpy()
        order = 'A clip' if label == LABEL else 'The same frames in reverse order'
        draw_clip(part, f'{order}: {classes[label]}', frames, answers)
    curves = {title: accuracies(WORK / name) for name, title in MODELS.items()}
    draw_curves(below.subplots(), curves, chance=1 / len(classes))
    with replacing(PICTURE) as file:
        figure.savefig(file, format='png')


if __name__ == '__main__':
    main()
