"""The metadata is in setup.cfg; this adds to the wheel what mim reads.

OpenMMLab packages carry configs, tools and the index of models, whose paths are the
repository's, in ``.mim`` beside their modules. The top-level module is
the namespace ``projects``, so mim looks for ``projects/.mim``.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithMim(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        mim = Path(self.build_lib) / 'projects/.mim'
        for folder in ('configs', 'tools'):
            shutil.copytree(
                folder,
                mim / folder,
                ignore=shutil.ignore_patterns('__pycache__'),
                dirs_exist_ok=True,
            )
        for file in ('model-index.yml', 'projects/xvit/metafile.yml'):
            (mim / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, mim / file)
        # The metafile names it.
        shutil.copy('projects/xvit/README.md', mim / 'projects/xvit')


setup(cmdclass={'build_py': BuildWithMim})
