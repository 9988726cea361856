"""How the pixels are normalized on which timm's weights were trained."""

from timm.models import get_pretrained_cfg


def timm_pixels(model_name: str) -> dict[str, list[float]]:
    """``mean`` and ``std`` of timm's own data config, for ``ActionDataPreprocessor``.

    Args:
        model_name (str): timm's name with the tag of the weights, such as
            ``'vit_base_patch16_dinov3.lvd1689m'``.

    Returns:
        dict: Both for pixels from 0 to 255, in the order red, green, blue.

    Raises:
        RuntimeError: If timm has no such model or weights.
    """
    cfg = get_pretrained_cfg(model_name, allow_unregistered=False)
    return {key: [255 * value for value in getattr(cfg, key)] for key in ('mean', 'std')}
