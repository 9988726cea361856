# probe_attentive_motion.py with X-ViT's mixing in the host, untrained.
_base_ = ['probe_attentive_motion.py']

moves = [[dict(type='ChannelShift', at='keys_values', per_head=True)]]
model = dict(backbone=dict(backbone=dict(moves=moves)))
