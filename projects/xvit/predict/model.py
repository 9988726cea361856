"""A recognizer's config, and the model with the weights of a checkpoint."""

from pathlib import Path
from textwrap import shorten
from typing import Any

from mmaction.models.heads import BaseHead
from mmaction.models.recognizers.base import BaseRecognizer
from mmengine.config import Config
from mmengine.runner.checkpoint import load_state_dict

from ..analysis import build_recognizer
from ..checkpoints.arguments import plain_values
from ..checkpoints.read import read_checkpoint, weights_of


def read_config(path: str | Path) -> Config:
    """A config file. Its Python code runs, as for all configs of OpenMMLab.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'config {path} does not exist')
    try:
        return Config.fromfile(path)
    except Exception as error:  # The code in a config may raise anything.
        raise ValueError(f'config {path}: {type(error).__name__}: {error}') from error


def config_in(checkpoint: Path) -> Config:
    """The config that MMEngine and ``publish_model.py`` save in a checkpoint, as text.

    No code in the text is run, and no module that it names is imported.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has no config, or one that is not plain values.
    """
    meta = read_checkpoint(checkpoint).get('meta')
    text = meta.get('cfg') if isinstance(meta, dict) else None
    if not isinstance(text, str):
        raise ValueError(f'{checkpoint} has no config in it: pass the config too')
    try:
        return Config(plain_values(text))
    except (KeyError, SyntaxError, ValueError) as error:
        raise ValueError(
            f'the config in {checkpoint} is not plain values ({error}): pass the config too'
        ) from error


def load_recognizer(cfg: Config, checkpoint: Path) -> tuple[BaseRecognizer, Any]:
    """The config's recognizer with a checkpoint's weights, on the CPU, and its ``meta``.

    A checkpoint of adapters or of a probe lacks the weights of its frozen host. They are
    loaded, and maybe downloaded, as the config says.

    Raises:
        FileNotFoundError: If there is no such checkpoint, or no file of the host.
        OSError: If the host must be downloaded and cannot be.
        ValueError: If the config has no recognizer, or the checkpoint is broken, would run
            code, or lacks weights or has other ones.
    """
    source = read_checkpoint(checkpoint)
    weights = weights_of(source, checkpoint)
    if 'backbone' not in cfg.get('model', {}):
        raise ValueError('the config has no recognizer: model.backbone is missing')
    try:
        model = build_recognizer(cfg, frozen_host=True)
    except (KeyError, TypeError) as error:  # From a registry, or a class's arguments.
        raise ValueError(f'the model of the config cannot be built: {error}') from error
    if not isinstance(getattr(model, 'cls_head', None), BaseHead):
        raise ValueError(
            'the config is of another task: its model must be a recognizer of MMAction2 '
            f'with a cls_head, but is a {cfg.model.get("type")}'
        )
    try:
        load_state_dict(model, weights, strict=True)
    except (RuntimeError, ValueError) as error:
        message = shorten(str(error), 500, placeholder=' ...')
        raise ValueError(f'{checkpoint} does not fit the config: {message}') from error
    return model, source.get('meta')
