"""Videos as members of tar files ("shards"), here or in a store, read by their offset.

``tools/data/make_shards.py`` writes them. ``CheckedVideoDataset(shards=...)`` reads them.
"""

from .backend import BACKEND, TarShardsBackend, read_from_shards
from .index import ENTRY, INDEX_NAME, ShardIndex, key_of, open_index, shard_name
from .store import DamagedMemberError, Store, StoreError

__all__ = [
    'BACKEND',
    'ENTRY',
    'INDEX_NAME',
    'DamagedMemberError',
    'ShardIndex',
    'Store',
    'StoreError',
    'TarShardsBackend',
    'key_of',
    'open_index',
    'read_from_shards',
    'shard_name',
]
