# lora_dinov3_b_ssv2.py with LAPS's moves: pairs of distant frames attend together, and
# channels of the output are shifted inside each head (configs/laps_vit_k400.py). Not
# trained here.
_base_ = ['lora_dinov3_b_ssv2.py']

shift = dict(type='ChannelShift', at='output', offsets=(1, -1), div=4, per_head=True)
moves = [[dict(type='Leap', level=level), shift] for level in (1, 2, 3, 1)]
model = dict(backbone=dict(backbone=dict(moves=moves)))
