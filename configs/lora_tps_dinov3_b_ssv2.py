# lora_dinov3_b_ssv2.py with TPS's moves: in odd layers patches of several frames attend
# together, in even ones channels are shifted inside each head (TPSViT). Not trained here.
_base_ = ['lora_dinov3_b_ssv2.py']

shift = dict(
    type='ChannelShift',
    at='tokens',
    offsets=(-1, 1),
    div=8,
    per_head=True,
    edge='keep',
    tokens='patches',
)
moves = [[shift], [dict(type='PatchShift')]]
model = dict(backbone=dict(backbone=dict(moves=moves)))
