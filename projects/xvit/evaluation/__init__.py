from .epic_metric import EpicMetric

__all__ = ['EpicMetric']
