"""The metafile and the table of configs/README.md: made from the configs, and not stale."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import make_metafile as tool  # noqa: E402

METAFILE = tool.METAFILE.read_text()


@pytest.mark.slow
def test_table_is_not_stale():
    page = tool.README.read_text()
    assert tool.page(page, METAFILE) == page, 'run python tools/make_metafile.py'


def test_a_models_counts_are_not_stale():
    (model,) = (m for m in yaml.safe_load(METAFILE)['Models'] if m['Name'] == 'laps_k400')
    assert model['Metadata'].items() >= tool.count(model['Config']).items()


def test_metafile_has_the_layout_that_the_tool_writes(monkeypatch):
    """All but the counts, which take minutes."""
    monkeypatch.setattr(tool, 'count', lambda config: {})
    assert tool.metafile(METAFILE) == METAFILE, 'run python tools/make_metafile.py'


@pytest.mark.slow
def test_no_counts_are_stale():
    assert tool.metafile(METAFILE) == METAFILE, 'run python tools/make_metafile.py'


def test_counts_are_those_of_the_config():
    entry = dict(Name='toy', Config='configs/xvit_motion.py', Metadata=dict(Frames=8))
    (model,) = yaml.safe_load(tool.metafile(yaml.safe_dump(dict(Models=[entry]))))['Models']
    assert model['Metadata'] == dict(Frames=8, FLOPs=28001344, Parameters=255624)


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
            tool.page(page, METAFILE)


def test_views_that_cannot_be_told():
    cfg = Config.fromfile(ROOT / 'configs/xvit_motion.py')
    del cfg.test_dataloader.dataset.pipeline[-3]
    with pytest.raises(ValueError, match='to tell the views'):
        tool.views(cfg)


@pytest.mark.slow
def test_stale_files_are_named_and_rewritten(tmp_path, monkeypatch, capsys):
    """The counts, from which the table is made."""
    metafile, page = tmp_path / 'metafile.yml', tmp_path / 'README.md'
    monkeypatch.setattr(tool, 'METAFILE', metafile)
    monkeypatch.setattr(tool, 'README', page)
    monkeypatch.setattr(tool, 'count', lambda config: dict(FLOPs=3 * 10**9, Parameters=7))
    entry = dict(Name='xvit_motion', Config='configs/xvit_motion.py', Results=[])
    entry['Metadata'] = dict(Frames=8, FLOPs=1, Parameters=7)
    metafile.write_text(yaml.safe_dump(dict(Models=[entry])))
    page.write_text(f'Before.\n{tool.BEGIN}old\n{tool.END}After.\n')

    monkeypatch.setattr(sys, 'argv', ['make_metafile.py', '--check'])
    with pytest.raises(SystemExit) as failed:
        tool.main()
    assert failed.value.code == 1 and 'old\n' in page.read_text()
    message = capsys.readouterr().err
    assert str(metafile) in message and str(page) in message

    monkeypatch.setattr(sys, 'argv', ['make_metafile.py'])
    tool.main()
    (model,) = yaml.safe_load(metafile.read_text())['Models']
    assert model['Metadata'] == dict(Frames=8, FLOPs=3 * 10**9, Parameters=7)
    assert re.search(r'xvit_motion\.py\) .*\| 3\.00 \|', page.read_text())
    assert page.read_text().startswith('Before.\n') and 'old\n' not in page.read_text()
    assert {*tmp_path.iterdir()} == {metafile, page}

    capsys.readouterr()
    monkeypatch.setattr(sys, 'argv', ['make_metafile.py', '--check'])
    tool.main()
    assert capsys.readouterr().out.count('is up to date') == 2
