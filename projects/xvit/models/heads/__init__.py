from .frame_average_head import FrameAverageHead
from .multi_task_head import MultiTaskHead
from .temporal_attention_head import TemporalAttentionHead

__all__ = ['FrameAverageHead', 'MultiTaskHead', 'TemporalAttentionHead']
