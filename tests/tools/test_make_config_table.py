"""The table of configs/README.md: not stale, complete, and made of what is counted."""

import re
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import make_config_table as tool  # noqa: E402


def test_table_is_not_stale():
    page = tool.README.read_text()
    assert tool.filled(page) == page, 'run python tools/make_config_table.py'


def test_table_has_every_config():
    page = tool.README.read_text()
    linked = re.findall(r'^\| \[`(\w+)\.py`\]\((\w+)\.py\) \|', page, re.MULTILINE)
    assert all(text == target for text, target in linked)
    names = sorted(path.stem for path in (ROOT / 'configs').glob('*.py'))
    assert [name for name, _ in linked] == names


def test_row():
    model = {
        'Metadata': {'FLOPs': 1234e7, 'Parameters': 5678e3},
        'Results': [{'Metrics': {'Top 1 Accuracy': 61.5, 'Top 5 Accuracy': 90.0}}],
        'Reported In': 'https://arxiv.org/abs/1',
    }
    assert tool.row('xvit_ssv2', model) == (
        '[`xvit_ssv2.py`](xvit_ssv2.py)',
        'Something-Something V2',
        '16 x 224²',
        '2 x 3',
        '12.34',
        '5.68',
        '61.5',
        '[paper](https://arxiv.org/abs/1)',
    )
    # Without an entry, the cost is counted.
    counted = tool.row('xvit_motion', None)
    assert counted[1:] == ('rendered motions', '8 x 64²', '2 x 3', '0.03', '0.26', '', '')


def test_a_page_without_markers_is_refused():
    for page in ('', tool.BEGIN, tool.END + tool.BEGIN, 2 * (tool.BEGIN + tool.END)):
        with pytest.raises(ValueError, match='each once'):
            tool.filled(page)


def test_views_that_cannot_be_told():
    cfg = Config.fromfile(ROOT / 'configs/xvit_motion.py')
    del cfg.test_dataloader.dataset.pipeline[-3]
    with pytest.raises(ValueError, match='to tell the views'):
        tool.views(cfg)


def test_stale_table_is_told_and_mended(tmp_path, monkeypatch, capsys):
    page = tmp_path / 'README.md'
    page.write_text(f'Before.\n{tool.BEGIN}old\n{tool.END}After.\n')
    monkeypatch.setattr(tool, 'README', page)
    monkeypatch.setattr(tool, 'table', lambda: '| new |\n')
    monkeypatch.setattr(sys, 'argv', ['make_config_table.py', '--check'])
    with pytest.raises(SystemExit) as failed:
        tool.main()
    assert failed.value.code == 1 and 'old\n' in page.read_text()
    monkeypatch.setattr(sys, 'argv', ['make_config_table.py'])
    tool.main()
    new = f'Before.\n{tool.BEGIN}\n| new |\n\n{tool.END}After.\n'
    assert page.read_text() == new and list(tmp_path.iterdir()) == [page]
    tool.main()
    assert 'is up to date' in capsys.readouterr().out
