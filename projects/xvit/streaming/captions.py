"""Pictures with the classes below them."""

from collections.abc import Sequence

import cv2
import numpy as np

STRIP = 28  # Height of a class's line in pixels.
MIN_WIDTH = 260  # Narrower pictures get a margin, so that the names fit.


def captioned(
    picture: np.ndarray, classes: Sequence[tuple[str, float]], lines: int = 1
) -> np.ndarray:
    """The picture, unchanged, above a line for each class with a bar of its probability.

    Args:
        picture (np.ndarray): ``(H, W, 3)`` uint8, RGB.
        classes (Sequence[tuple[str, float]]): Names, and probabilities from 0 to 1.
        lines (int): The most classes. Lines without a class stay black.

    Returns:
        np.ndarray: ``(H', W', 3)`` uint8, BGR, with even H' and W' as videos need.
    """
    height, width = picture.shape[:2]
    wide = max(width, MIN_WIDTH)
    below = height + height % 2
    canvas = np.zeros((below + STRIP * lines, wide + wide % 2, 3), np.uint8)
    left = (wide - width) // 2
    canvas[:height, left : left + width] = picture[..., ::-1]
    for i, (name, probability) in enumerate(classes):
        end = below + STRIP * (i + 1)
        canvas[end - 4 : end, : round(probability * wide)] = (180, 114, 0)
        text = f'{name} {probability:.2f}'.encode('ascii', 'replace').decode()
        font, white = cv2.FONT_HERSHEY_SIMPLEX, (255, 255, 255)
        cv2.putText(canvas, text, (6, end - 10), font, 0.5, white, 1, cv2.LINE_AA)
    return canvas
