"""Which host and which adapters a checkpoint, or a cache of features, belongs to."""

import json
import zlib

import torch
from torch import Tensor, nn

from ...analysis import without_weights
from ...checkpoints.arguments import IGNORED, with_defaults


class Identity:
    """What adapters or a head need to fit: the host's arguments and weights, the method.

    It is saved as JSON, in a uint8 tensor, because a state dict holds tensors.

    Args:
        backbone (dict): Config of the host.
        peft (dict): Config of the adapters; empty if there are none.
        host (nn.Module, optional): The host, to tell its weights from others. None if they
            are random, and so are saved with what is trained.
    """

    KEY = 'adapters_of'

    def __init__(self, backbone: dict, peft: dict, host: nn.Module | None) -> None:
        arguments = with_defaults(without_weights(dict(backbone)))
        self.facts = {
            'backbone': {k: v for k, v in arguments.items() if k not in IGNORED},
            'peft': dict(peft),
            'weights': checksum(host) if host else None,
        }
        self.facts = json.loads(json.dumps(self.facts, default=str))

    def as_tensor(self) -> Tensor:
        """The JSON as ``(bytes,)`` of uint8."""
        text = json.dumps(self.facts, sort_keys=True)
        return torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8).clone()

    def check(self, found: Tensor | None) -> None:
        """Compare with the tensor of a checkpoint, which may be None.

        Raises:
            ValueError: If the checkpoint has none, or belongs to another host or to other
                adapters.
        """
        if found is None:
            what = 'adapters of a PeftBackbone' if self.facts['peft'] else 'frozen host'
            raise ValueError(f'the checkpoint has no {what}: it lacks {self.KEY}')
        theirs = json.loads(bytes(found.cpu().tolist()))
        problems = [
            f'{part}.{name}: {theirs[part].get(name)!r} in the checkpoint, '
            f'{self.facts[part].get(name)!r} in the config'
            for part in ('backbone', 'peft')
            for name in sorted(theirs[part].keys() | self.facts[part].keys())
            if theirs[part].get(name) != self.facts[part].get(name)
        ]
        trained_on, here = theirs['weights'], self.facts['weights']
        if not problems and here != trained_on:
            problems = [
                "the host's weights: "
                + ('random' if trained_on is None else f'checksum {trained_on}')
                + ' in the checkpoint, '
                + ('random' if here is None else f'checksum {here}')
                + " in the config (see its host's init_cfg and pretrained; to predict, "
                'verify or publish, merge them first with tools/merge_adapters.py)'
            ]
        if problems:
            raise ValueError('the checkpoint does not fit: ' + '; '.join(problems))


def checksum(host: nn.Module) -> str:
    """A CRC-32 of all weights in their order, as 8 hexadecimal digits."""
    value = 0
    for tensor in host.state_dict().values():
        # The bytes, because NumPy has no bfloat16.
        flat = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
        value = zlib.crc32(memoryview(flat.numpy()), value)
    return f'{value:08x}'
