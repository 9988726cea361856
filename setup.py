"""The metadata is in setup.cfg; this adds configs and tools to the wheel, as mim has them.

OpenMMLab packages carry them in ``.mim`` beside their modules. The top-level module is
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


setup(cmdclass={'build_py': BuildWithMim})
