# probe_attentive_dinov3_b_ssv2.py with lora_ssv2.py's moves, untrained: three heads of each
# layer get keys and values of neighbouring frames. Not trained here.
_base_ = ['probe_attentive_dinov3_b_ssv2.py']

shift = dict(
    type='ChannelShift', at='keys_values', offsets=(-1, 1, -2), div='heads', edge='keep'
)
model = dict(backbone=dict(backbone=dict(moves=[[shift]])))
