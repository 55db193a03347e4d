"""DiffAugment (Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, 2020) for the PyTorch peer.

Written from the paper: colour (brightness within 0.5, saturation 0 to 2, contrast 0.5 to 1.5), translation by up to an
eighth of the size with zeros moved in, and a square of half the size cut out. Every sample draws its own numbers.
"""

import torch
from torch.nn import functional as F


def uniform(x, low, high):
    return torch.rand(x.shape[0], 1, 1, 1, device=x.device) * (high - low) + low


def colour(x):
    x = x + uniform(x, -0.5, 0.5)
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * uniform(x, 0.0, 2.0) + grey
    middle = x.mean((1, 2, 3), keepdim=True)
    return (x - middle) * uniform(x, 0.5, 1.5) + middle


def translation(x):
    n, _, height, width = x.shape
    down, right = (round(size / 8) for size in (height, width))
    padded = F.pad(x, (right, right, down, down)).permute(0, 2, 3, 1)
    device = x.device
    rows = torch.arange(height, device=device).reshape(1, -1, 1)
    rows = rows + torch.randint(0, 2 * down + 1, (n, 1, 1), device=device)
    columns = torch.arange(width, device=device).reshape(1, 1, -1)
    columns = columns + torch.randint(0, 2 * right + 1, (n, 1, 1), device=device)
    return padded[torch.arange(n, device=device).reshape(-1, 1, 1), rows, columns].permute(0, 3, 1, 2)


def cutout(x):
    n, _, height, width = x.shape
    inside = []
    for size in (height, width):
        half = size // 2
        start = torch.randint(-(half // 2), size - half // 2 + 1, (n, 1), device=x.device)
        place = torch.arange(size, device=x.device).reshape(1, -1)
        inside.append((place >= start) & (place < start + half))
    hole = inside[0].reshape(n, 1, height, 1) & inside[1].reshape(n, 1, 1, width)
    return x * ~hole


def diff_augment(x):
    return cutout(translation(colour(x)))
