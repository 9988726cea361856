"""From a data set's official files to MMAction2's lists."""
