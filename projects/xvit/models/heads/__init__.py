from .frame_average_head import FrameAverageHead
from .multi_label_head import MultiLabelHead
from .multi_task_head import MultiTaskHead
from .temporal_attention_head import TemporalAttentionHead

__all__ = ['FrameAverageHead', 'MultiLabelHead', 'MultiTaskHead', 'TemporalAttentionHead']
