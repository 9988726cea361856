"""A model as a folder, as the Hugging Face Hub has them; nothing here needs a network.

``config.py``, ``model.safetensors``, the card ``README.md``, and ``classes.txt`` if the
classes have names. ``config.py`` is run when it is loaded, as all of OpenMMLab's configs
are: read it before you load a stranger's folder.
"""

from pathlib import Path

from mmaction.apis import init_recognizer
from mmengine.config import Config
from torch import Tensor, nn

from .safetensors_file import save_safetensors

CONFIG, WEIGHTS, CARD, CLASSES = (
    'config.py',
    'model.safetensors',
    'README.md',
    'classes.txt',
)


def write_folder(
    folder: Path, cfg: Config, state_dict: dict[str, Tensor], meta: dict, card: str
) -> None:
    """Write a new folder.

    Args:
        folder (Path): Must not be there.
        cfg (Config): Written as one file, without ``_base_``.
        state_dict (dict[str, Tensor]): The recognizer's weights.
        meta (dict): Text and lists; ``dataset_meta['classes']`` becomes ``classes.txt``.
        card (str): The text of ``README.md``.

    Raises:
        FileExistsError: If the folder is there.
    """
    folder.mkdir()
    (folder / CONFIG).write_text(cfg.pretty_text)
    (folder / CARD).write_text(card)
    classes = meta['dataset_meta'].get('classes')
    if classes:
        (folder / CLASSES).write_text(''.join(f'{name}\n' for name in classes))
    save_safetensors(folder / WEIGHTS, state_dict, meta)


def from_pretrained(folder: Path, device: str = 'cpu') -> nn.Module:
    """The recognizer in a folder, as MMAction2's ``init_recognizer`` gives it.

    Raises:
        FileNotFoundError: If the folder lacks its config or weights.
    """
    args = inferencer_args(folder)
    return init_recognizer(args['rec'], args['rec_weights'], device=device)


def inferencer_args(folder: Path) -> dict[str, str]:
    """What ``MMAction2Inferencer(**inferencer_args(folder))`` takes.

    Raises:
        FileNotFoundError: If the folder lacks its config or weights.
    """
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f'{folder} has no {name}')
    args = dict(rec=str(folder / CONFIG), rec_weights=str(folder / WEIGHTS))
    if (folder / CLASSES).is_file():
        args['label_file'] = str(folder / CLASSES)
    return args
