"""Compare the arguments that a checkpoint carries with those of a config."""

import ast
import inspect
from typing import Any

from mmaction.registry import MODELS

# Arguments that do not change the scores, or that the shapes of the weights tell.
IGNORED = {'init_cfg', 'with_cp', 'frozen_stages', 'dropout_ratio', 'init_std'}
IGNORED |= {'img_size', 'patch_size', 'window_size'}


def differences(model: dict[str, dict], wanted: dict, defaults: bool = False) -> list[str]:
    """How a config's model differs from a checkpoint's, in words.

    Args:
        model (dict[str, dict]): The checkpoint's ``backbone`` and ``cls_head``, or one of
            them: the ``type`` and the arguments that are known.
        wanted (dict): ``model`` of the config.
        defaults (bool): Whether an argument that ``model`` lacks has its default value.
            Otherwise it is unknown, and is not compared.

    Returns:
        list[str]: One text for each difference that may change the scores.
    """
    found = []
    for part, known in model.items():
        config = wanted.get(part) or {}
        names = {'type'}
        if known['type'] == config.get('type'):
            names = known.keys() - IGNORED
            known, config = with_defaults(known), with_defaults(config)
            if defaults:
                names = (known.keys() | config.keys()) - IGNORED
        for name in sorted(names):
            was, now = known.get(name), config.get(name)
            if was != now:
                found.append(
                    f'{part}.{name}: {was!r} in the checkpoint, {now!r} in the config'
                )
    return found


def in_words(model: dict[str, dict]) -> list[str]:
    """Lines such as ``backbone: XViT(window=1, ...)``, and the arguments not known."""
    lines = []
    for part, known in model.items():
        arguments = ', '.join(f'{name}={known[name]!r}' for name in known if name != 'type')
        lines.append(f'{part}: {known["type"]}({arguments})')
        unknown = with_defaults(known).keys() - known.keys() - IGNORED - {'arch'}
        if part == 'backbone' and unknown:
            lines.append(f'the file does not tell: {", ".join(sorted(unknown))}')
    return lines


def with_defaults(arguments: dict) -> dict:
    """The arguments with the defaults of their class."""
    cls = MODELS.get(arguments['type'])
    signature = inspect.signature(cls).parameters.values() if cls else ()
    filled = {p.name: p.default for p in signature if p.default is not p.empty}
    filled |= arguments
    if filled.get('temporal_embed_frames', 0) is None:
        filled['temporal_embed_frames'] = filled['mix_span'] or filled['num_frames']
    return {name: _as_tuples(value) for name, value in filled.items()}


def backbone_of(text: Any) -> dict:
    """The arguments of ``model.backbone`` in a config's text.

    A config is Python, and a checkpoint may come from anyone. So the text is parsed, but
    not run.

    Args:
        text (str): As mmengine's ``Config.pretty_text`` writes it.

    Returns:
        dict: Empty if ``text`` has no such backbone, or is not plain values.
    """
    try:
        return dict(plain_values(text)['model']['backbone'])
    except (KeyError, SyntaxError, TypeError, ValueError):
        return {}


def plain_values(text: str) -> dict[str, Any]:
    """The values of lines ``name = value`` of literals and ``dict(key=value)``.

    Raises:
        SyntaxError, ValueError: If a line is anything else. It is not run.
    """
    values = {}
    for line in ast.parse(text).body:
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            raise ValueError(f'line {line.lineno} is no assignment')
        values[line.targets[0].id] = ast.literal_eval(_DictCalls().visit(line.value))
    return values


class _DictCalls(ast.NodeTransformer):
    """Turns ``dict(a=1)`` into ``{'a': 1}``, which is a literal."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
        if not is_dict or node.args or any(word.arg is None for word in node.keywords):
            return node
        keys = [ast.Constant(word.arg) for word in node.keywords]
        return ast.Dict(keys, [word.value for word in node.keywords])


def _as_tuples(value: Any) -> Any:
    """Lists as tuples: the same arguments may be written with either."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list | tuple) else value
