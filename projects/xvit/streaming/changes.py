"""How soon a stream's model finds the class after a change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change of class in a video, and when the model had found the new one.

    Args:
        frame (int): The first frame of the new class.
        label (int): The new class.
        lag (int, optional): Frames of the new class that the camera had given when the
            model's answer became right and stayed right for ``HOLD`` frames, or to the
            segment's end if that is sooner. None if that did not happen.
    """

    frame: int
    label: int
    lag: int | None


# Frames. An answer that is right by chance changes sooner.
HOLD = 8


def find_changes(labels: list[int], segments: list[dict], delay: int) -> list[Change]:
    """The changes of a video, with the lag of a model.

    The answer counts when it is there. A model with a delay of d frames answers for frame s
    when frame s + d has arrived, so its lag is at least d + 1.

    Args:
        labels (list[int]): The model's class for every frame of the video.
        segments (list[dict]): The true segments in time, with ``start``, ``end`` (the frame
            after the last) and ``label``.
        delay (int): Frames between a frame and its answer.
    """
    changes = []
    for segment in segments[1:]:
        start, end, label = segment['start'], segment['end'], segment['label']
        lag = None
        for frame in range(start, end):
            if all(found == label for found in labels[frame : min(frame + HOLD, end)]):
                lag = frame - start + delay + 1
                break
        changes.append(Change(start, label, lag))
    return changes
