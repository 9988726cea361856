from .frame_average_head import FrameAverageHead
from .temporal_attention_head import TemporalAttentionHead

__all__ = ['FrameAverageHead', 'TemporalAttentionHead']
