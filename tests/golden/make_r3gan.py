"""Writes the golden numbers of R3GAN's parts and of two small networks made of them, computed by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_r3gan.py

Grouped convolutions, resampling (a strided depthwise convolution and its transpose) and second derivatives are PyTorch's own.
"""

import torch
from make_golden import leaf, layer_case, rounded, spec, write
from torch.nn import functional as F

LINE = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8


def resampling_filter(channels, gain):
    return (gain * torch.outer(LINE, LINE)).expand(channels, 1, 4, 4)


def upsample(x):
    return F.conv_transpose2d(x, resampling_filter(x.shape[1], 4), stride=2, padding=1, groups=x.shape[1])


def downsample(x):
    return F.conv2d(x, resampling_filter(x.shape[1], 1), stride=2, padding=1, groups=x.shape[1])


def block_shapes(prefix, channels, expansion, group):
    inside = channels * expansion
    return [
        (f"{prefix}conv1/weight", [inside, channels, 1, 1]),
        (f"{prefix}conv1/bias", [inside]),
        (f"{prefix}conv2/weight", [inside, group, 3, 3]),
        (f"{prefix}conv2/bias", [inside]),
        (f"{prefix}conv3/weight", [channels, inside, 1, 1]),
    ]


def residual_block(x, w1, b1, w2, b2, w3):
    h = F.leaky_relu(F.conv2d(x, w1, b1), 0.2)
    h = F.leaky_relu(F.conv2d(h, w2, b2, padding=1, groups=h.shape[1] // w2.shape[1]), 0.2)
    return x + F.conv2d(h, w3)


def discriminator(x, *p):
    h = residual_block(F.conv2d(x, p[0]), *p[1:6])
    h = residual_block(F.conv2d(downsample(h), p[6]), *p[7:12])
    return F.linear(F.conv2d(h, p[12], groups=h.shape[1]).flatten(1), p[13])


def generator(z, *p):
    h = p[0][None] * F.linear(z, p[1])[:, :, None, None]
    h = residual_block(h, *p[2:7])
    h = residual_block(upsample(F.conv2d(h, p[7])), *p[8:13])
    return F.conv2d(h, p[13])


def operands(shapes, seed, scale=0.4):
    return [(name, spec(shape, seed + i, scale)) for i, (name, shape) in enumerate(shapes)]


DISCRIMINATOR = [
    ("conv1/weight", [4, 1, 1, 1]),
    *block_shapes("residualBlock1/", 4, 2, 4),
    ("conv2/weight", [8, 4, 1, 1]),
    *block_shapes("residualBlock2/", 8, 2, 4),
    ("discriminativeBasis1/basis", [8, 1, 4, 4]),
    ("dense1/weight", [1, 8]),
]

GENERATOR = [
    ("generativeBasis1/basis", [8, 4, 4]),
    ("generativeBasis1/dense/weight", [8, 3]),
    *block_shapes("residualBlock1/", 8, 2, 4),
    ("conv1/weight", [4, 8, 1, 1]),
    *block_shapes("residualBlock2/", 4, 2, 4),
    ("conv2/weight", [1, 4, 1, 1]),
]


def slope_case():
    """Logits, and the gradient by every parameter of the mean squared slope at the input (R1 without its weight)."""
    x, parameters = spec([2, 1, 8, 8], 300), operands(DISCRIMINATOR, 310)
    at, leaves = leaf(x), [leaf(operand) for _, operand in parameters]
    logits = discriminator(at, *leaves)
    (slope,) = torch.autograd.grad(logits.sum(), [at], create_graph=True)
    term = slope.flatten(1).square().sum(1).mean() / 2
    gradients = torch.autograd.grad(term, leaves, allow_unused=True)
    return {
        "x": x,
        "parameters": [{"name": name, "operand": operand} for name, operand in parameters],
        "logits": rounded(logits),
        "term": rounded(term.item()),
        "gradients": {
            name: rounded(torch.zeros_like(value) if gradient is None else gradient)
            for (name, _), value, gradient in zip(parameters, leaves, gradients)
        },
    }


if __name__ == "__main__":
    block = operands(block_shapes("", 8, 2, 4), 330)
    write(
        "r3gan",
        {
            "upsample": layer_case("upsample", {}, spec([2, 3, 4, 7], 340), [], upsample),
            "downsample": layer_case("downsample", {}, spec([2, 3, 8, 6], 341), [], downsample),
            "residual block": layer_case("residualBlock", {}, spec([2, 8, 4, 4], 342), block, residual_block),
            "generator": layer_case("generator", {}, spec([3, 3], 343), operands(GENERATOR, 350), generator),
        },
    )
    write("r3gan-slope", {"discriminator": slope_case()})
