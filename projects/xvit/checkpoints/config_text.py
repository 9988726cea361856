"""Read a config's text, as checkpoints carry it, without running it."""

import ast


def backbone_of(text: str | None) -> dict:
    """The arguments of ``model.backbone`` in the text of a config.

    A config is Python, and a checkpoint comes from anywhere: the text is parsed, not run.

    Args:
        text (str, optional): As mmengine's ``Config.pretty_text`` writes it.

    Returns:
        dict: Empty if there is none that is written with literals only.
    """
    if not isinstance(text, str):
        return {}
    try:
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Assign) and _name(statement) == 'model':
                return _value(statement.value).get('backbone', {})
    except (SyntaxError, ValueError, AttributeError):
        pass
    return {}


def _name(statement: ast.Assign) -> str | None:
    return getattr(statement.targets[0], 'id', None)


def _value(node: ast.expr):
    """A literal in which ``dict(a=1)`` may stand; lists come out as tuples."""
    if isinstance(node, ast.Call) and getattr(node.func, 'id', None) == 'dict':
        return {word.arg: _value(word.value) for word in node.keywords}
    if isinstance(node, ast.Dict):
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values)}
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(map(_value, node.elts))
    return ast.literal_eval(node)
