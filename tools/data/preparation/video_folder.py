"""The videos in a folder."""

from pathlib import Path

from projects.xvit.video_files import files_below, is_video


class VideoFolder:
    """The videos in a folder and its subfolders, by file name.

    Args:
        root: The folder, or a link to it.

    Raises:
        FileNotFoundError: If there is no such folder, or no video in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise FileNotFoundError(f'{root} is not a folder')
        self.paths: dict[str, str] = {}  # By name without ending; relative to root.
        self.namesakes: list[str] = []  # Paths with the name of an earlier one.
        for path in filter(is_video, files_below(root)):
            if self.paths.setdefault(Path(path).stem, path) != path:
                self.namesakes.append(path)
        if not self.paths:
            raise FileNotFoundError(f'{root} has no video')

    def find(self, names: tuple[str, ...]) -> str | None:
        """Return the relative path of the first of ``names`` that exists."""
        return next((self.paths[name] for name in names if name in self.paths), None)

    def is_empty(self, path: str) -> bool:
        """Return whether a file has no bytes."""
        return (self.root / path).stat().st_size == 0
