"""Writes the golden numbers of StyleGAN2: its layers, both whole networks, path length regularisation and R1 through them.

    /usr/bin/python3 tests/golden/make_stylegan.py

Needs PyTorch (Debian: python3-torch, 1.13). Modulated convolutions are computed the long way, with a filter for each sample
and a group for each sample; resampling with zeros between pixels and the whole 4x4 filter as a grouped convolution.
"""

import math

import torch
from make_golden import leaf, operand, rounded, spec, write
from torch.nn import functional as F

FILTER = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64


# ---- the parts, in PyTorch's own functions ----------------------------------------------------------------------------


def fir(x, pads, gain=1.0, stride=1):
    """The filter over each channel by itself; pads are left, right, top, bottom."""
    channels = x.shape[1]
    kernel = (FILTER * gain).expand(channels, 1, 4, 4)
    return F.conv2d(F.pad(x, pads), kernel, stride=stride, groups=channels)


def spaced(x):
    """A zero after every pixel, along both axes."""
    out = torch.zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    out[:, :, ::2, ::2] = x
    return out


def upsample(x):
    return fir(spaced(x), [2, 1, 2, 1], gain=4)


def downsample(x):
    return fir(x, [1, 1, 1, 1], stride=2)


def conv_up(x, w, groups=1):
    """w is [groups · in, out, 3, 3], as conv_transpose2d takes it; here it is a convolution with the flipped filter."""
    flipped = torch.cat([part.transpose(0, 1) for part in w.flip(2, 3).chunk(groups)])
    return F.conv2d(fir(spaced(x), [3, 2, 3, 2], gain=4), flipped, groups=groups)


def conv_down(x, w):
    return F.conv2d(fir(x, [2, 2, 2, 2]), w, stride=2)


def modulated(x, style, w, up, demodulate):
    """A filter for each sample, and the samples as groups."""
    n = x.shape[0]
    by_input = (n, -1, 1, 1, 1) if up else (n, 1, -1, 1, 1)
    own = w.unsqueeze(0) * style.reshape(by_input)
    if demodulate:
        own = own * (own.square().sum([1, 3, 4] if up else [2, 3, 4], keepdim=True) + 1e-8).rsqrt()
    own = own.flatten(0, 1)
    joined = x.reshape(1, -1, *x.shape[2:])
    y = conv_up(joined, own, groups=n) if up else F.conv2d(joined, own, padding=w.shape[2] // 2, groups=n)
    return y.reshape(n, -1, *y.shape[2:])


def spread(x, size=4):
    """Minibatch standard deviation by torch.std, group by group."""
    n = x.shape[0]
    groups = n // size
    channel = torch.zeros(n, 1, *x.shape[2:])
    for group in range(groups):
        members = x[group::groups]
        value = (members.var(0, unbiased=False) + 1e-8).sqrt().mean()
        channel = channel + value * torch.tensor([float(i % groups == group) for i in range(n)]).reshape(n, 1, 1, 1)
    return torch.cat([x, channel], 1)


def leaky(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def normalised(x):
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def dense(p, name, x, rate=1.0, activation=lambda x: x):
    w, b = p[f"{name}/weight"], p[f"{name}/bias"]
    return activation(F.linear(x, w * (rate / math.sqrt(w.shape[1])), b * rate))


def conv(p, name, x, activation=lambda x: x, apply=None):
    w = p[f"{name}/weight"]
    y = (apply or (lambda x, w: F.conv2d(x, w, padding=w.shape[2] // 2)))(x, w / math.sqrt(w[0].numel()))
    bias = p.get(f"{name}/bias")
    return activation(y if bias is None else y + bias.reshape(1, -1, 1, 1))


# ---- layers -----------------------------------------------------------------------------------------------------------


def layer_case(kind, options, operands, f):
    """Output and gradients of sum(cotangent * output) by every operand."""
    leaves = {name: leaf(s) for name, s in operands.items()}
    y = f(*leaves.values())
    cotangent = spec(list(y.shape), 99)
    gradients = torch.autograd.grad((operand(cotangent) * y).sum(), list(leaves.values()))
    return {
        "kind": kind,
        "options": options,
        "operands": operands,
        "cotangent": cotangent,
        "output": rounded(y),
        "gradients": {name: rounded(g) for name, g in zip(leaves, gradients)},
    }


def layers():
    x = spec([2, 3, 4, 6], 1)
    style = spec([2, 3], 2, 0.7, 1.0)
    same, across, one = spec([2, 3, 3, 3], 3), spec([3, 2, 3, 3], 4), spec([2, 3, 1, 1], 5)
    cases = {
        "upsample": layer_case("upsample", {}, {"x": x}, upsample),
        "downsample": layer_case("downsample", {}, {"x": x}, downsample),
        "convUp": layer_case("convUp", {}, {"x": x, "w": across}, conv_up),
        "convDown": layer_case("convDown", {}, {"x": x, "w": same}, conv_down),
        "minibatchStdDev": layer_case("minibatchStdDev", {}, {"x": spec([8, 2, 3, 2], 6)}, spread),
    }
    for name, w, up, demodulate in (
        ("modulatedConv, 3x3", same, False, True),
        ("modulatedConv, up", across, True, True),
        ("modulatedConv, up, without demodulation", across, True, False),
        ("modulatedConv, 1x1, without demodulation", one, False, False),
    ):
        cases[name] = layer_case(
            "modulatedConv",
            {"up": up, "demodulate": demodulate},
            {"x": x, "style": style, "w": w},
            lambda x, s, w, up=up, demodulate=demodulate: modulated(x, s, w, up, demodulate),
        )
    return cases


# ---- whole networks, of 8x8 pixels ------------------------------------------------------------------------------------

BATCH, COLOURS, LATENT, CLASSES = 4, 2, 3, 2
CHANNELS = {4: 4, 8: 3}
MIXING = 0.75


def dense_shapes(name, features, width):
    return [(f"{name}/weight", [features, width]), (f"{name}/bias", [features])]


def styled_shapes(name, before, after, up):
    return [
        *dense_shapes(f"{name}/affine", before, LATENT),
        (f"{name}/weight", [before, after, 3, 3] if up else [after, before, 3, 3]),
        (f"{name}/noiseStrength", [1]),
        (f"{name}/bias", [after]),
    ]


def image_shapes(name, width):
    return [
        *dense_shapes(f"{name}/affine", width, LATENT),
        (f"{name}/weight", [COLOURS, width, 1, 1]),
        (f"{name}/bias", [COLOURS]),
    ]


GENERATOR = [
    *dense_shapes("mapping/embed", LATENT, CLASSES),
    *dense_shapes("mapping/dense1", LATENT, 2 * LATENT),
    *dense_shapes("mapping/dense2", LATENT, LATENT),
    ("synthesis/constant", [CHANNELS[4], 4, 4]),
    *styled_shapes("synthesis/b4/conv1", CHANNELS[4], CHANNELS[4], False),
    *image_shapes("synthesis/b4/toImage", CHANNELS[4]),
    *styled_shapes("synthesis/b8/conv0", CHANNELS[4], CHANNELS[8], True),
    *styled_shapes("synthesis/b8/conv1", CHANNELS[8], CHANNELS[8], False),
    *image_shapes("synthesis/b8/toImage", CHANNELS[8]),
]

DISCRIMINATOR = [
    ("conv1/weight", [CHANNELS[8], COLOURS, 1, 1]),
    ("conv1/bias", [CHANNELS[8]]),
    ("residual1/skip/weight", [CHANNELS[4], CHANNELS[8], 1, 1]),
    ("residual1/conv1/weight", [CHANNELS[8], CHANNELS[8], 3, 3]),
    ("residual1/conv1/bias", [CHANNELS[8]]),
    ("residual1/conv2/weight", [CHANNELS[4], CHANNELS[8], 3, 3]),
    ("residual1/conv2/bias", [CHANNELS[4]]),
    ("conv2/weight", [CHANNELS[4], CHANNELS[4] + 1, 3, 3]),
    ("conv2/bias", [CHANNELS[4]]),
    *dense_shapes("dense1", CHANNELS[4], CHANNELS[4] * 16),
    *dense_shapes("dense2", 1, CHANNELS[4]),
]


def parameter_specs(shapes):
    def scale(name):
        if name.startswith("mapping/dense"):
            return 120.0
        return 1.5 if name.endswith(("weight", "constant")) else 0.5

    return {name: spec(shape, 200 + i, scale(name)) for i, (name, shape) in enumerate(shapes)}


def map_latents(p, z, asked):
    x = torch.cat([normalised(z), normalised(dense(p, "mapping/embed", asked))], 1)
    for name in ("mapping/dense1", "mapping/dense2"):
        x = dense(p, name, x, 0.01, leaky)
    return x


def styled_conv(p, name, x, style, noise, up=False):
    y = modulated(x, dense(p, f"{name}/affine", style), p[f"{name}/weight"], up, True)
    return leaky(y + noise * p[f"{name}/noiseStrength"] + p[f"{name}/bias"].reshape(1, -1, 1, 1))


def to_image(p, name, x, style):
    scale = dense(p, f"{name}/affine", style) / math.sqrt(x.shape[1])
    return modulated(x, scale, p[f"{name}/weight"], False, False) + p[f"{name}/bias"].reshape(1, -1, 1, 1)


def synthesise(p, styles, noise):
    w = styles.unbind(1)
    x = styled_conv(
        p, "synthesis/b4/conv1", p["synthesis/constant"].expand(BATCH, -1, -1, -1), w[0], noise["b4/conv1"]
    )
    image = to_image(p, "synthesis/b4/toImage", x, w[1])
    x = styled_conv(p, "synthesis/b8/conv0", x, w[1], noise["b8/conv0"], up=True)
    x = styled_conv(p, "synthesis/b8/conv1", x, w[2], noise["b8/conv1"])
    return upsample(image) + to_image(p, "synthesis/b8/toImage", x, w[3])


def parameter_list(specs, gradients):
    return [
        {"name": name, "operand": s, "gradient": rounded(torch.zeros(s["shape"]) if g is None else g)}
        for (name, s), g in zip(specs.items(), gradients)
    ]


def generator():
    specs = parameter_specs(GENERATOR)
    # A style leaves its layer at about 1, as the affine layers' biases do at the start.
    for name, s in specs.items():
        if name.endswith("affine/bias"):
            s["shift"] = 1.0
    p = {name: leaf(s) for name, s in specs.items()}
    latent, asked = spec([BATCH, LATENT], 50, 2.0), spec([BATCH, CLASSES], 51)
    random = {
        "mapping/mixing/latent": spec([BATCH, LATENT], 52, 2.0),
        "mapping/mixing/crossover": spec([BATCH, 1, 1], 55, 0.5, 0.5),
        "synthesis/b4/conv1/noise": spec([BATCH, 1, 4, 4], 54, 2.0),
        "synthesis/b8/conv0/noise": spec([BATCH, 1, 8, 8], 58, 2.0),
        "synthesis/b8/conv1/noise": spec([BATCH, 1, 8, 8], 56, 2.0),
        "path-length": spec([BATCH, COLOURS, 8, 8], 57, 2.0),
    }
    first = map_latents(p, operand(latent), operand(asked))
    second = map_latents(p, operand(random["mapping/mixing/latent"]), operand(asked))
    # Sample n changes style at layer 1 + floor(r · 3 / p), where r < p; the last layer is 3.
    crossovers = []
    styles = []
    for n, r in enumerate(operand(random["mapping/mixing/crossover"]).flatten().tolist()):
        crossover = 1 + math.floor(r * 3 / MIXING) if r < MIXING else 4
        crossovers.append(crossover)
        styles.append(torch.stack([first[n]] * crossover + [second[n]] * (4 - crossover)))
    assert sorted(crossovers) == [1, 2, 3, 4], crossovers
    styles = torch.stack(styles)
    noise = {
        name: operand(random[f"synthesis/{name}/noise"]) for name in ("b4/conv1", "b8/conv0", "b8/conv1")
    }
    samples = synthesise(p, styles, noise)
    cotangent = spec(list(samples.shape), 99)
    leaves = list(p.values())
    gradients = torch.autograd.grad(
        (operand(cotangent) * samples).sum(), leaves, retain_graph=True, allow_unused=True
    )

    before, decay, weight = 0.25, 0.125, 2.0
    seen = operand(random["path-length"]) / math.sqrt(8 * 8)
    (slope,) = torch.autograd.grad((samples * seen).sum(), [styles], create_graph=True)
    lengths = slope.square().sum(2).mean(1).sqrt()
    average = torch.lerp(torch.tensor(before), lengths.mean(), decay)
    term = weight * (lengths - average).square().mean()
    pulls = torch.autograd.grad(term, leaves, allow_unused=True)
    return {
        "latent": latent,
        "asked": asked,
        "random": random,
        "options": {
            "latent": LATENT, "channelMax": 4, "channelBase": 24, "mappingDepth": 2, "mixing": MIXING,
        },
        "cotangent": cotangent,
        "samples": rounded(samples),
        "styles": rounded(styles),
        "average": rounded(first.mean(0) * 0.005),
        "parameters": parameter_list(specs, gradients),
        "pathLength": {
            "options": {"lambda": weight, "decay": decay},
            "before": before,
            "after": rounded(average.item()),
            "lengths": rounded(lengths),
            "term": rounded(term.item()),
            "gradients": [
                rounded(torch.zeros(s["shape"]) if g is None else g) for s, g in zip(specs.values(), pulls)
            ],
        },
    }


def judge(p, x):
    x = conv(p, "conv1", x, leaky)
    beside = conv(p, "residual1/skip", x, apply=lambda x, w: F.conv2d(downsample(x), w))
    x = conv(p, "residual1/conv1", x, leaky)
    x = conv(p, "residual1/conv2", x, leaky, apply=conv_down)
    x = (x + beside) * math.sqrt(0.5)
    x = conv(p, "conv2", spread(x), leaky)
    return dense(p, "dense2", dense(p, "dense1", x.flatten(1), activation=leaky))


def discriminator():
    specs = parameter_specs(DISCRIMINATOR)
    p = {name: leaf(s) for name, s in specs.items()}
    real = spec([BATCH, COLOURS, 8, 8], 70)
    x = leaf(real)
    logits = judge(p, x)
    cotangent = spec([BATCH, 1], 99)
    leaves = list(p.values())
    gradients = torch.autograd.grad((operand(cotangent) * logits).sum(), leaves, retain_graph=True)
    gamma = 3.0
    (slope,) = torch.autograd.grad(logits.sum(), [x], create_graph=True)
    term = gamma / 2 * slope.square().sum([1, 2, 3]).mean()
    pulls = torch.autograd.grad(term, leaves, allow_unused=True)
    return {
        "real": real,
        "options": {"latent": LATENT, "channelMax": 4, "channelBase": 24},
        "cotangent": cotangent,
        "logits": rounded(logits),
        "parameters": parameter_list(specs, gradients),
        "r1": {
            "gamma": gamma,
            "term": rounded(term.item()),
            "gradients": [
                rounded(torch.zeros(s["shape"]) if g is None else g) for s, g in zip(specs.values(), pulls)
            ],
        },
    }


if __name__ == "__main__":
    write("stylegan", {**layers(), "generator": generator(), "discriminator": discriminator()})
