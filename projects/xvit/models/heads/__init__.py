from .attentive_head import AttentiveHead
from .frame_average_head import FrameAverageHead
from .frame_concat_head import FrameConcatHead
from .multi_label_head import MultiLabelHead
from .multi_task_head import MultiTaskHead
from .temporal_attention_head import TemporalAttentionHead

__all__ = [
    'AttentiveHead',
    'FrameAverageHead',
    'FrameConcatHead',
    'MultiLabelHead',
    'MultiTaskHead',
    'TemporalAttentionHead',
]
