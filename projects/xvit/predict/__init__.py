"""Predictions for videos: in Python, for whole folders, and for a live source."""

from .recognizer import VideoRecognizer
from .scores import Prediction

__all__ = ['Prediction', 'VideoRecognizer']
