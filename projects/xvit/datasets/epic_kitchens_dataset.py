"""EPIC-KITCHENS-100, read from its official CSV files."""

import os.path as osp

from mmaction.registry import DATASETS
from mmengine.fileio import exists

from .checked_video_dataset import CheckedVideoDataset
from .epic_annotations import (
    NUM_NOUNS,
    NUM_VERBS,
    VIDEO_TEMPLATE,
    is_untrimmed,
    read_segments,
)


@DATASETS.register_module()
class EpicKitchensDataset(CheckedVideoDataset):
    """The action segments of EPIC-KITCHENS-100 (arXiv 2006.13256), with verb and noun.

    A sample's ``label`` is ``[verb, noun]``, so ``gt_label`` has two numbers. The list of
    the test set has no labels and is only for testing. In ``video_template``,

    - ``{video_id}`` stands for untrimmed videos. A sample then also has ``start_time`` and
      ``stop_time``, and the pipeline must begin with ``SegmentInit``, so that frames are
      sampled between them. Times and the video's own frame rate give the frames. The
      columns ``start_frame`` and ``stop_frame`` are not used: they assume 50 or 60 frames
      per second, but some videos have 24, 30, 48 or 90.
    - ``{narration_id}`` stands for trimmed clips, one for each action.

    To get ``narration_id`` in the predictions, add it to ``meta_keys`` of
    ``PackActionInputs``.

    Args:
        *args: See :class:`CheckedVideoDataset`; ``ann_file`` is an official CSV file.
        video_template (str): The path of a video under ``data_prefix['video']``, in which
            ``{participant_id}``, ``{video_id}`` and ``{narration_id}`` are replaced. The
            default is where the official downloader puts the videos.
        num_verbs (int): Number of verb classes.
        num_nouns (int): Number of noun classes.
        **kwargs: See :class:`CheckedVideoDataset`. With ``multi_class=True`` the label is a
            vector of ``num_verbs + num_nouns`` numbers, two of them 1, for MMAction2's
            ``MixupBlending(num_classes=num_verbs + num_nouns)``.

    Raises:
        FileNotFoundError: If the annotation file does not exist.
        ValueError: If a row is bad (the message names the line), there is no row, there
            are no labels to train with, or the untrimmed videos of more than
            ``max_bad_videos`` rows do not exist (in testing, of any row).
    """

    def __init__(
        self,
        *args,
        video_template: str = VIDEO_TEMPLATE,
        num_verbs: int = NUM_VERBS,
        num_nouns: int = NUM_NOUNS,
        **kwargs,
    ) -> None:
        self.video_template = video_template
        self.untrimmed = is_untrimmed(video_template)
        self.num_verbs = num_verbs
        self.num_nouns = num_nouns
        super().__init__(*args, num_classes=num_verbs + num_nouns, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return the rows of the CSV file, in its order."""
        segments = list(read_segments(self.ann_file, self.num_verbs, self.num_nouns))
        if 'label' not in segments[0] and (self.multi_class or not self.test_mode):
            raise ValueError(
                f'{self.ann_file}:1: no columns verb_class, noun_class: a list without '
                'labels is only for testing (test_mode=True, multi_class=False)'
            )
        data_list = [self._sample(segment) for segment in segments]
        if self.untrimmed and not self.shards:  # Shards are checked after this.
            self._check_videos(data_list)
        return data_list

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the verb, and the noun counted on from ``num_verbs``."""
        verb, noun = super().get_cat_ids(idx)
        return [verb, noun if self.multi_class else self.num_verbs + noun]

    def _sample(self, segment: dict) -> dict:
        path = self.video_template.format(**segment)
        segment['filename'] = osp.join(self.data_prefix['video'] or '', path)
        segment['ann_line'] = segment.pop('line')
        if self.multi_class:
            verb, noun = segment['label']
            segment['label'] = [verb, self.num_verbs + noun]
        if not self.untrimmed:
            del segment['start_time'], segment['stop_time']
        return segment

    def _check_videos(self, data_list: list[dict]) -> None:
        """Find missing videos at the start. There are few videos with many segments."""
        there = {name: exists(name) for name in {data['filename'] for data in data_list}}
        missing = [data for data in data_list if not there[data['filename']]]
        if len(missing) > (0 if self.test_mode else self.max_bad_videos):
            raise ValueError(
                f'{self.ann_file}:{missing[0]["ann_line"]}: no video '
                f'{missing[0]["video_id"]}: {missing[0]["filename"]} does not exist '
                f'({len(missing)} rows of {len(there) - sum(there.values())} missing '
                f'videos, max_bad_videos={self.max_bad_videos})'
            )
