"""Say which file timm could not download, and how to put it in place."""

from collections.abc import Iterator
from contextlib import contextmanager

from timm.models import get_pretrained_cfg


@contextmanager
def explained_download(model_name: str) -> Iterator[None]:
    """Name the file of timm's weights if its download fails.

    Raises:
        OSError: Instead of huggingface_hub's, such as that there is no network.
    """
    try:
        yield
    except OSError as error:
        cfg = get_pretrained_cfg(model_name, allow_unregistered=True)
        if cfg is None or not (cfg.hf_hub_id or cfg.url):
            raise
        hub = f'https://huggingface.co/{cfg.hf_hub_id}/resolve/main/model.safetensors'
        place = hub if cfg.hf_hub_id else cfg.url
        reason = str(error).partition('\n')[0]
        raise OSError(
            f'the weights of {model_name!r} could not be loaded from {place}: '
            f'{reason}. Download this file on a machine that can, and '
            "replace pretrained=True by init_cfg=dict(type='Pretrained', checkpoint=FILE)"
        ) from error
