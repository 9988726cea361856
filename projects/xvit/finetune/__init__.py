"""From a folder of labelled videos to a config: what ``tools/finetune.py`` is made of."""
