"""A model as a folder in the layout of the Hugging Face Hub. No network is needed.

``config.py``, ``model.safetensors``, the card ``README.md``, and ``classes.txt`` if the
classes have names. Loading runs ``config.py``, as for all configs of OpenMMLab. Read it
before you load the folder of a stranger.
"""

from pathlib import Path

from mmaction.apis import init_recognizer
from mmengine.config import Config
from torch import Tensor, nn

from .safetensors_file import save_safetensors


def write_folder(
    folder: Path, cfg: Config, state_dict: dict[str, Tensor], meta: dict, card: str
) -> None:
    """Write a new folder.

    Args:
        folder (Path): Must not exist.
        cfg (Config): Written as one file, without ``_base_``.
        state_dict (dict[str, Tensor]): The recognizer's weights.
        meta (dict): Text and lists; ``dataset_meta['classes']`` becomes ``classes.txt``.
        card (str): The text of ``README.md``.

    Raises:
        FileExistsError: If the folder exists.
    """
    folder.mkdir()
    (folder / 'config.py').write_text(cfg.pretty_text)
    (folder / 'README.md').write_text(card)
    classes = meta['dataset_meta'].get('classes')
    if classes:
        (folder / 'classes.txt').write_text(''.join(f'{name}\n' for name in classes))
    save_safetensors(folder / 'model.safetensors', state_dict, meta)


def from_pretrained(folder: Path, device: str = 'cpu') -> nn.Module:
    """The recognizer in a folder, as MMAction2's ``init_recognizer`` returns it.

    Raises:
        FileNotFoundError: If the folder lacks its config or weights.
    """
    args = inferencer_args(folder)
    return init_recognizer(args['rec'], args['rec_weights'], device=device)


def inferencer_args(folder: Path) -> dict[str, str]:
    """The arguments of ``MMAction2Inferencer`` for a folder.

    Raises:
        FileNotFoundError: If the folder lacks its config or weights.
    """
    folder = Path(folder)
    files = dict(
        rec=folder / 'config.py',
        rec_weights=folder / 'model.safetensors',
        label_file=folder / 'classes.txt',
    )
    if not files['label_file'].is_file():
        del files['label_file']
    for file in files.values():
        if not file.is_file():
            raise FileNotFoundError(f'{folder} has no {file.name}')
    return {name: str(file) for name, file in files.items()}
