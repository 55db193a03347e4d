"""Writes resnet.json: resampling, self-attention, conditional batch normalisation and residual blocks, by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_resnet.py

The operands and the form of a case are those of make_golden.py.
"""

import torch
from make_golden import layer_case, leaf, operand, rounded, spec, write
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-5


def resampling():
    """Layers without parameters, and convolutions together with a change of resolution."""
    out = {}
    x = spec([2, 2, 4, 2], 500)
    for kind, f in (
        ("upsampleNearest", lambda x: F.interpolate(x, scale_factor=2, mode="nearest")),
        ("averagePool", lambda x: F.avg_pool2d(x, 2)),
        ("maxPool", lambda x: F.max_pool2d(x, 2)),
        ("sumPool", lambda x: x.sum((2, 3))),
    ):
        out[kind] = layer_case(kind, {}, x, [], f)
    three = {"factor": 3}
    wide = spec([2, 1, 3, 6], 501)
    out["upsampleNearest by 3"] = layer_case(
        "upsampleNearest", three, wide, [], lambda x: F.interpolate(x, scale_factor=3, mode="nearest")
    )
    out["averagePool by 3"] = layer_case("averagePool", three, wide, [], lambda x: F.avg_pool2d(x, 3))
    for kernel in (1, 3, 5):
        parameters = [("weight", spec([3, 2, kernel, kernel], 502)), ("bias", spec([3], 503))]
        options = {"channels": 3, "kernel": kernel}
        out[f"upsampleConv {kernel}x{kernel}"] = layer_case(
            "upsampleConv",
            options,
            x,
            parameters,
            lambda x, w, b: F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), w, b, padding="same"),
        )
        out[f"convAveragePool {kernel}x{kernel}"] = layer_case(
            "convAveragePool", options, x, parameters, lambda x, w, b: F.avg_pool2d(F.conv2d(x, w, b, padding="same"), 2)
        )
    return out


def attention(x, f, g, h, o, gamma):
    """SAGAN's block with PyTorch's own attention product: softmax(QK^T)V over rows of pixels."""
    n, c, height, width = x.shape
    rows = lambda y: y.flatten(2).transpose(1, 2)
    queries = rows(F.conv2d(x, f))
    keys = rows(F.max_pool2d(F.conv2d(x, g), 2))
    values = rows(F.max_pool2d(F.conv2d(x, h), 2))
    seen = torch.bmm(torch.softmax(torch.bmm(queries, keys.transpose(1, 2)), -1), values)
    seen = seen.transpose(1, 2).reshape(n, -1, height, width)
    return x + gamma * F.conv2d(seen, o)


def attention_cases():
    out = {}
    for channels, shape in ((16, [2, 16, 2, 4]), (5, [2, 5, 4, 4])):
        few, half = max(1, channels // 8), channels // 2
        filters = [("f", few, channels), ("g", few, channels), ("h", half, channels), ("o", channels, half)]
        parameters = [(f"{name}/weight", spec([o, i, 1, 1], 510 + k)) for k, (name, o, i) in enumerate(filters)]
        parameters.append(("gamma", spec([], 515, 0.5, 1.0)))
        out[f"selfAttention of {channels} channels"] = layer_case(
            "selfAttention", {}, spec(shape, 509, 1.5), parameters, attention
        )
    return out


def batch_norm(x, module, gain, bias):
    """PyTorch's batch normalisation without its own gain and bias, then those of each sample."""
    shape = [x.shape[0], x.shape[1], *[1] * (x.dim() - 2)]
    return module(x) * gain.reshape(shape) + bias.reshape(shape)


def norm_case(kind, options, x, parameters, extra, gain_and_bias):
    """A conditional normalisation: training with its running averages, and sampling with given ones."""
    dimensions, channels = len(x["shape"]), x["shape"][1]
    module = (nn.BatchNorm1d if dimensions == 2 else nn.BatchNorm2d)(channels, eps=EPSILON, affine=False)

    def run(x, *rest):
        return batch_norm(x, module, *gain_and_bias(*rest))

    def running():
        # PyTorch keeps the unbiased variance; ours is the population's. Its momentum of 0.1 is our 0.9.
        count = operand(x).numel() // channels
        population = 0.9 + (module.running_var - 0.9) * (count - 1) / count
        return {"mean": rounded(module.running_mean), "variance": rounded(population)}

    trained = layer_case(kind, options, x, parameters, run, extra, running)
    mean, variance = spec([channels], 93, 0.3), spec([channels], 94, 0.5, 1.0)
    module.eval()
    module.running_mean, module.running_var = operand(mean), operand(variance)
    sampled = layer_case(kind, options, x, parameters, run, {**extra, "running": {"mean": mean, "variance": variance}})
    return trained, sampled


def conditional_norms():
    out = {}
    for shape in ([8, 3], [4, 3, 2, 4]):
        x = spec(shape, 520, 1.5, 0.4)
        labels = [2, 0, 2, 1, 4, 4, 0, 1][: shape[0]]
        tables = [("gain", spec([5, 3], 521, 0.5, 1.0)), ("bias", spec([5, 3], 522, 0.5))]
        out[f"batchNorm of classes {shape}"], out[f"batchNorm of classes {shape} sampling"] = norm_case(
            "classBatchNorm",
            {},
            x,
            tables,
            {"classes": 5, "labels": labels},
            lambda gain, bias, labels=labels: [F.embedding(torch.tensor(labels), table) for table in (gain, bias)],
        )
        parameters = [("gain/weight", spec([3, 7], 523, 0.5)), ("bias/weight", spec([3, 7], 524, 0.5))]
        conditioning = [("conditioning", spec([shape[0], 7], 525))]
        out[f"conditionalBatchNorm {shape}"], out[f"conditionalBatchNorm {shape} sampling"] = norm_case(
            "conditionalBatchNorm",
            {},
            x,
            [*conditioning, *parameters],
            {},
            lambda y, gain, bias: (1 + F.linear(y, gain), F.linear(y, bias)),
        )
    return out


class UpBlock(nn.Module):
    """SNGAN's block of the generator."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.order = [self.norm1, self.conv1, self.norm2, self.conv2, self.shortcut]
        self.names = ["main/batchNorm1", "main/upsampleConv1", "main/batchNorm2", "main/conv1", "shortcut"]

    def forward(self, x):
        h = self.conv1(self.up(F.relu(self.norm1(x))))
        return self.conv2(F.relu(self.norm2(h))) + self.shortcut(self.up(x))


class DownBlock(nn.Module):
    """SNGAN's block of the discriminator."""

    def __init__(self, inputs, hidden, outputs, halves, first):
        super().__init__()
        self.halves, self.first = halves, first
        self.conv1 = nn.Conv2d(inputs, hidden, 3, padding=1)
        self.conv2 = nn.Conv2d(hidden, outputs, 3, padding=1)
        self.order, self.names = [self.conv1, self.conv2], ["main/conv1", "main/conv2"]
        self.shortcut = None
        if halves:
            self.names[1] = "main/convAveragePool1"
        if halves or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1)
            self.order.append(self.shortcut)
            self.names.append("shortcut")

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(x if self.first else F.relu(x))))
        kept = x if self.shortcut is None else self.shortcut(x)
        return F.avg_pool2d(h, 2) + F.avg_pool2d(kept, 2) if self.halves else h + kept


def block_case(kind, options, x, module):
    names = [
        f"{name}/{('gain' if isinstance(part, nn.BatchNorm2d) else 'weight') if key == 'weight' else 'bias'}"
        for name, part in zip(module.names, module.order)
        for key, _ in part.named_parameters()
    ]
    values = [value for part in module.order for value in part.parameters()]
    parameters = [
        (name, spec(list(value.shape), 540 + i, 0.5, 1.0 if name.endswith("gain") else 0.0))
        for i, (name, value) in enumerate(zip(names, values))
    ]
    with torch.no_grad():
        for value, (_, operand_spec) in zip(values, parameters):
            value.copy_(operand(operand_spec))
    source = leaf(x)
    y = module(source)
    cotangent = spec(list(y.shape), 99)
    gradients = torch.autograd.grad((operand(cotangent) * y).sum(), [source, *values])
    return {
        "kind": kind,
        "options": options,
        "x": x,
        "parameters": [{"name": name, "operand": s} for name, s in parameters],
        "cotangent": cotangent,
        "output": rounded(y),
        "gradients": {name: rounded(g) for name, g in zip(["x", *names], gradients)},
    }


def blocks():
    out = {"block that doubles": block_case("upBlock", {"channels": 2}, spec([2, 4, 4, 2], 530), UpBlock(4, 2))}
    for name, inputs, hidden, channels, halves, first in (
        ("first block", 3, 4, 4, True, True),
        ("block that halves", 4, 4, 6, True, False),
        ("block that keeps the resolution", 4, 6, 6, False, False),
        ("block that keeps everything", 4, 4, 4, False, False),
    ):
        options = {"inputs": inputs, "hidden": hidden, "channels": channels, "halves": halves, "first": first}
        module = DownBlock(inputs, hidden, channels, halves, first)
        out[name] = block_case("downBlock", options, spec([2, inputs, 4, 2], 531), module)
    return out


if __name__ == "__main__":
    write("resnet", {**resampling(), **attention_cases(), **conditional_norms(), **blocks()})
