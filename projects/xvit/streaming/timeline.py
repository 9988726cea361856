"""What a stream's model said: the class over time, as JSON and as a picture."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ..files import replacing

Segment = dict[str, float | int | str]


@dataclass
class Timeline:
    """The scores of a stream's frames, and how they came about.

    Args:
        source (str): The video, camera or address.
        classes (list[str]): Names of the classes.
        delay (int): Frames between a frame and its scores.
        window (int): Frames that the head gets.
        scores (list[list[float]]): The probabilities of each frame.
        numbers (list[int]): Each frame's number among those that were read.
        times (list[float]): Seconds from the first frame to each.
        about (dict): What else the JSON file gets, such as ``frames_per_second``.
    """

    source: str
    classes: list[str]
    delay: int
    window: int
    numbers: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    scores: list[list[float]] = field(default_factory=list)
    about: dict = field(default_factory=dict)

    def add(self, number: int, time: float, scores: np.ndarray) -> None:
        """Add a frame with its probabilities, ``(num_classes,)``."""
        self.numbers.append(number)
        self.times.append(round(time, 4))
        self.scores.append([round(float(score), 4) for score in scores])

    @property
    def labels(self) -> list[int]:
        """The class of each frame."""
        return [int(np.argmax(scores)) for scores in self.scores]

    def segments(self) -> list[Segment]:
        """Runs of frames of one class: its name, and their first and last times."""
        runs: list[Segment] = []
        for number, time, label in zip(self.numbers, self.times, self.labels):
            if not runs or runs[-1]['label'] != label:
                name = self.classes[label]
                runs.append(dict(label=label, name=name, first=number, start_time=time))
            runs[-1].update(last=number, stop_time=time)
        return runs

    def write_json(self, path: Path) -> None:
        """Write everything as JSON, whole or not at all.

        Raises:
            OSError: If the file cannot be written.
        """
        content = asdict(self)
        about = content.pop('about')
        frames = {key: content.pop(key) for key in ('numbers', 'times', 'scores')}
        frames['labels'] = self.labels
        content = {**content, **about, 'segments': self.segments(), 'frames': frames}
        with replacing(path, 'w') as file:
            json.dump(content, file)

    def write_picture(self, path: Path, truth: list[Segment] = ()) -> None:
        """Draw a row for each class: dark where the model is sure, as PNG or SVG.

        Args:
            path (Path): The picture, whole or not there.
            truth (list[Segment]): True segments, with ``start``, ``end`` and ``label`` in
                frames. They are drawn as frames around the rows.

        Raises:
            OSError: If the file cannot be written.
        """
        import matplotlib

        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
        from matplotlib.patches import Rectangle

        shown = sorted({*self.labels, *(segment['label'] for segment in truth)})
        figure, axis = plt.subplots(
            figsize=(10, 0.9 + 0.32 * len(shown)), layout='constrained'
        )
        # A frame lasts until the next one.
        last = self.times[-1:] or [0.0]
        step = last[0] / max(len(self.times) - 1, 1) or 1.0
        edges = np.array([*self.times, last[0] + step])
        rows = np.array(self.scores).reshape(-1, len(self.classes))[:, shown].T
        if rows.size:
            axis.pcolormesh(
                edges, np.arange(len(shown) + 1) - 0.5, rows, cmap='Blues', vmin=0, vmax=1
            )
        for segment in truth:
            start, stop = np.interp(
                [segment['start'], segment['end']],
                [*self.numbers, self.numbers[-1] + 1],
                edges,
            )
            row = shown.index(segment['label'])
            box = Rectangle(
                (start, row - 0.5), stop - start, 1, fill=False, ec='#D55E00', lw=1.5
            )
            axis.add_patch(box)
        axis.set_yticks(range(len(shown)), [self.classes[label] for label in shown])
        axis.set(xlabel='seconds', xlim=edges[[0, -1]], ylim=(len(shown) - 0.5, -0.5))
        title = f'{Path(self.source).name}: probability of each class'
        axis.set_title(title + (', true segments framed' if truth else ''), loc='left')
        axis.title.set_fontsize(10)
        with replacing(path) as file:
            kind = path.suffix[1:].lower() or 'png'
            figure.savefig(file, format=kind, dpi=100)
        plt.close(figure)
