"""Each config's head averages the scores of a video's views as the authors do."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = [path.stem for path in sorted(CONFIGS.glob('*.py')) if 'motion' not in path.stem]
# One view is sure of class 0, the other of class 2. Summed logits favour class 2, summed
# probabilities class 0.
VIEWS = torch.tensor([[10.0, 0.0, 6.0], [-9.0, 0.0, 1.0]])


def head_of(name):
    init_default_scope('mmaction')
    with torch.device('meta'):
        return MODELS.build(Config.fromfile(CONFIGS / f'{name}.py').model.cls_head)


def video_scores(head, views):
    """The prediction for one video, from the head's scores of all its views."""
    return head.predict_by_feat(views, [ActionDataSample()])[0].pred_score


@pytest.mark.parametrize('name', [name for name in NAMES if 'epic' not in name])
def test_views_are_averaged_as_the_recipe_says(name):
    head = head_of(name)
    views = torch.full((2, head.num_classes), -50.0)
    views[:, :3] = VIEWS
    scores = video_scores(head, views)
    if name.startswith(('tps', 'lora', 'full', 'probe')):
        torch.testing.assert_close(scores, views.softmax(dim=1).mean(dim=0))
        assert scores.argmax() == 0
    else:
        torch.testing.assert_close(2 * scores, views.sum(dim=0))
        assert scores.argmax() == 2


@pytest.mark.parametrize('name', ['xvit_epic', 'xvit_epic_8f'])
def test_probabilities_of_epic(name):
    """``EpicMetric`` multiplies the probabilities of verb and noun."""
    head = head_of(name)
    views = {task: torch.full((2, count), -50.0) for task, count in head.tasks.items()}
    for task in views.values():
        task[:, :3] = VIEWS
    for task, scores in video_scores(head, views).items():
        torch.testing.assert_close(scores, views[task].softmax(dim=1).mean(dim=0))
