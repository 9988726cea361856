"""The page as a browser reads it: names escaped, all in the file, nothing loaded."""

import base64
import io
import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from projects.xvit.report.curves import Curves
from projects.xvit.report.page import render, worst_first
from projects.xvit.report.pictures import draw_confusions, draw_curves, draw_strip
from projects.xvit.report.predictions import Predictions
from projects.xvit.report.statistics import summarize
from projects.xvit.report.write import plain

EVIL = '<script>alert("x")</script> & $x^2$'
CURVES = Curves({'loss': {10: 2.0, 20: 1.0}}, {'acc/top1': {1: 0.2, 2: 0.4}}, True)
LEFT_OUT = [{'path': f'bad {EVIL}.mp4', 'reason': 'no bytes'}]


class Page(HTMLParser):
    """The tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.text = [], ''
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def pictures(self) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag == 'img']


def a_report(classes, scores, labels, **more) -> dict:
    scores, labels = np.array(scores, dtype=float), np.array(labels)
    paths = [f'{EVIL} {i}.mp4' for i in range(len(scores))]
    numbers = summarize(Predictions(paths, classes, scores, labels, {}, None))
    facts = dict(
        config=f'{EVIL}.py',
        checkpoint=f'{EVIL}.pth',
        sha256='01234567',
        metrics={'acc/top1': 0.5, 'confusion_matrix/result': [[1]]},
        left_out=LEFT_OUT,
        commands=[f'python {EVIL}'],
        versions=dict(python='3.11'),
        machine=dict(device=EVIL),
        date='2026-01-01',
    )
    return json.loads(json.dumps(plain(numbers | facts | more), allow_nan=False))


def frames_of(index: int) -> np.ndarray:
    return np.full((4, 20, 30, 3), index % 256, dtype=np.uint8)


def one_label(**more) -> dict:
    scores = [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]
    return a_report([EVIL, 'b'], scores, [0, 1, 1], **more)


def test_everything_is_on_the_page_and_nothing_is_run_or_loaded():
    report = one_label()
    html = render(report, CURVES, frames_of)
    page = Page(html)
    assert page.text.count(EVIL) > 8  # Escaped: it is text.
    tags = {tag for tag, _ in page.tags}
    assert not tags & {'script', 'link', 'iframe', 'object', 'embed', 'a'}
    assert not any(name.startswith('on') for _, given in page.tags for name in given)
    for picture in page.pictures():
        assert picture['src'].startswith(('data:image/png;base64,', 'data:image/svg+xml;'))
        assert len(picture['alt']) > 10
    # Curves, confusion matrix, 1 mistake, 3 least sure.
    assert len(page.pictures()) == 6
    for text in ('66.7 %', 'Wilson', '20.8 % to 93.9 %', '2 of 3 videos', 'no bytes'):
        assert text in page.text, text
    assert 'acc/top1 0.5000' in page.text and 'confusion_matrix/result' not in page.text
    assert render(report, CURVES, frames_of) == html


def test_what_is_missing_is_said():
    scores = [[0.9, 0.1], [0.2, 0.8]]
    report = a_report(['a', 'b'], scores, [0, 1], left_out=None)
    text = Page(render(report, Curves(), frames_of)).text
    assert 'There are no curves' in text
    assert 'There is no mistake.' in text
    assert 'No list of videos that were left out was given' in text
    assert 'None.' in Page(render(report | dict(left_out=[]), Curves(), frames_of)).text


def test_several_labels():
    scores = [[0.9, 0.1, 0.2], [0.2, 0.3, 0.1], [0.7, 0.8, 0.1]]
    labels = [[True, False, False], [False, True, False], [True, True, False]]
    page = Page(render(a_report([EVIL, 'b', 'c'], scores, labels), CURVES, frames_of))
    assert '100.0 %' in page.text and 'mean average precision' in page.text
    assert 'predicted nothing' in page.text and 'true: b (0.300)' in page.text
    assert 'Confusion matrix' not in page.text
    assert len(page.pictures()) == 5


def test_more_classes_than_the_picture_can_have():
    """450 classes: a video each, and the last is taken for the first."""
    scores = np.eye(450)
    scores[-1] = scores[0]
    classes = [f'class {i}' for i in range(450)]
    page = Page(render(a_report(classes, scores, np.arange(450)), Curves(), frames_of))
    assert 'has the 400 classes, of 450, with the most mistakes' in page.text
    (matrix,) = [p['src'] for p in page.pictures() if 'Confusion' in p['alt']]
    names = svg_texts(matrix)
    assert 'class 449' in names and 'class 0' in names and 'class 420' not in names


def svg_texts(source: str) -> list[str]:
    """All texts in an SVG picture, which must be whole XML."""
    tree = ElementTree.fromstring(decode(source))
    return [''.join(node.itertext()) for node in tree.iter() if node.tag.endswith('}text')]


def decode(source: str) -> bytes:
    return base64.b64decode(source.partition('base64,')[2])


def test_confusion_matrix_has_names_and_counts():
    texts = svg_texts(draw_confusions(np.array([[7, 2], [0, 5]]), [EVIL, '影片 影片']))
    assert texts.count('影片 影片') == 2
    # A name that is too long is cut, and `$` is no formula.
    assert texts.count(f'{EVIL[:27]}…') == 2
    assert {'7', '2', '5'} <= set(texts) and '0' not in texts


@pytest.mark.parametrize(('classes', 'counted'), [(30, True), (31, False)])
def test_counts_only_where_they_can_be_read(classes, counted):
    texts = svg_texts(draw_confusions(1234 * np.eye(classes, dtype=int), ['a'] * classes))
    assert ('1234' in texts) is counted and texts.count('a') == 2 * classes


def test_curves():
    assert draw_curves(Curves()) is None
    texts = svg_texts(draw_curves(CURVES))
    assert {'training loss', 'iteration', 'validation', 'epoch', 'acc/top1'} <= set(texts)
    alone = Curves({}, {'acc/top1': {100: 0.2}})
    texts = svg_texts(draw_curves(alone))
    assert 'iteration' in texts and 'training loss' not in texts


@pytest.mark.parametrize(
    ('count', 'shown'), [(1, [0]), (3, [0, 1, 2]), (15, range(0, 15, 2))]
)
def test_strip(count, shown):
    """Frames from the first to the last, each of one grey value, in their own shape."""
    grey = 10 * np.arange(count, dtype=np.uint8)
    frames = np.broadcast_to(grey[:, None, None, None], (count, 48, 64, 3))
    strip = np.array(Image.open(io.BytesIO(decode(draw_strip(frames)))).convert('RGB'))
    assert strip.shape == (96, 131 * len(shown) - 3, 3)
    assert (strip[:, 64::131] == grey[list(shown)][:, None]).all()


def test_worst_classes_come_first():
    rows = [{'class': i, 'recall': r} for i, r in enumerate([0.5, None, 0.0, 0.5])]
    assert [row['class'] for row in worst_first(rows)] == [2, 0, 3, 1]
