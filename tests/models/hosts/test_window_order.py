import torch

from projects.xvit.models.hosts.window_order import window_order
from projects.xvit.ops import as_mosaic, patch_shift

BAYER = as_mosaic(((0, 1), (-1, 0)))


def test_equals_shift_windows_and_mosaic_in_turn():
    x = torch.randn(1, 4, 4, 6, 3)
    order, inverse = window_order((4, 4, 6), (1, 0), 2, BAYER)
    places = x.view(-1, 3)[order].view(6, 4, 4, 3)
    rolled = x.roll(-1, dims=2)
    for row in range(2):
        for column in range(3):
            window = rolled[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            expected = patch_shift(window, BAYER)[0].flatten(1, 2)
            assert torch.equal(places[3 * row + column], expected.transpose(0, 1))
    assert torch.equal(order[inverse], torch.arange(96))
