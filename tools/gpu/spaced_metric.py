"""Accuracy by the distance that the folder of a video names, as ``apart_04``."""

import re
from collections.abc import Sequence

from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS


@METRICS.register_module()
class SpacedAccMetric(AccMetric):
    """Top-1 accuracy of all videos, and of those of each distance: ``acc/apart_04``.

    The pipeline's ``PackActionInputs`` must keep ``filename``. One process only.
    """

    def process(self, data_batch: Sequence, data_samples: Sequence[dict]) -> None:
        """Keep scores, labels and distances."""
        super().process(data_batch, data_samples)
        for result, sample in zip(self.results[-len(data_samples) :], data_samples):
            result['apart'] = re.search(r'apart_\d+', sample['filename'])[0]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Accuracies between 0 and 1."""
        right = [(r['apart'], float(r['pred'].argmax() == r['label'])) for r in results]
        groups = {'top1': [hit for _, hit in right]}
        for apart, hit in sorted(right):
            groups.setdefault(apart, []).append(hit)
        return {name: sum(hits) / len(hits) for name, hits in groups.items()}
