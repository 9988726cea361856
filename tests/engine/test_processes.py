"""Launchers without a GPU, and data workers that die."""

import multiprocessing
import time
from types import SimpleNamespace

import pytest
import torch
from commands import python

from projects.xvit.engine import processes


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without GPUs')
def test_launchers_use_gloo_without_gpus():
    launch = """
        import os
        os.environ.update(RANK='0', LOCAL_RANK='0', WORLD_SIZE='1',
                          MASTER_ADDR='127.0.0.1', MASTER_PORT='0')
        {repair}
        import torch
        from mmengine.dist import init_dist, get_backend
        init_dist('pytorch', backend='nccl')
        assert get_backend() == 'gloo'
        from mmengine.model import MMDistributedDataParallel
        model = MMDistributedDataParallel(torch.nn.Linear(2, 2), device_ids=[0])
        model(torch.ones(1, 2)).sum().backward()
        assert model.module.weight.grad is not None
    """
    code, output = python(launch.format(repair='import projects.xvit'))
    assert code != 0, 'fixed upstream?'
    code, output = python(launch.format(repair='import projects.xvit.engine'))
    assert code == 0, output


@pytest.mark.parametrize('error', [ConnectionResetError, EOFError, FileNotFoundError])
def test_data_worker_killed_while_it_hands_over_is_named(error):
    def hand_over(iterator):
        iterator._workers[0].kill()
        raise error

    worker = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))
    worker.start()
    iterator = SimpleNamespace(_workers=[worker])
    with pytest.raises(RuntimeError, match=rf'DataLoader worker \(pid\(s\) {worker.pid}\)'):
        processes._explain_dead_worker(hand_over)(iterator)
    worker.join()
