"""Writes the golden numbers of conditioning: discriminators that know classes, the losses of heads, conditional batch norm.

    /usr/bin/python3 tests/golden/make_conditioning.py

As make_golden.py, which has the operands.
"""

import torch
from torch import nn
from torch.nn import functional as F

from make_golden import leaf, operand, rounded, spec, write

CLASSES = 4
LABELS = [2, 0, 3, 3, 1]
CODES = 2


def labels():
    return torch.tensor(LABELS)


def one_hot():
    return F.one_hot(labels(), CLASSES).to(torch.get_default_dtype())


# ---- discriminators: the mean of softplus(-logit), a generator's loss, by the sample and by every parameter ---------------

# Embedding tables are stored as PyTorch does, [K, size]; ours is the weight of a dense layer, [size, K].
BODIES = {
    "images": [
        ("conv1/weight", [3, {"planes"}, 3, 3]),
        ("conv1/bias", [3]),
        ("dense1/weight", [1, 3 * 3 * 3]),
        ("dense1/bias", [1]),
    ],
    "points": [("dense1/weight", [6, {"planes"}]), ("dense1/bias", [6]), ("dense2/weight", [1, 6]), ("dense2/bias", [1])],
}
SAMPLES = {"images": [5, 2, 6, 6], "points": [5, 3]}
FEATURES = {"images": 3, "points": 6}
EMBEDDING = 3


def body(kind, p, x, flat=False):
    """Logits, and features summed over space or laid out in a row."""
    if kind == "points":
        h = F.leaky_relu(F.linear(x, p["dense1/weight"], p["dense1/bias"]), 0.2)
        return F.linear(h, p["dense2/weight"], p["dense2/bias"]), h
    h = F.leaky_relu(F.conv2d(x, p["conv1/weight"], p["conv1/bias"], stride=2, padding=1), 0.2)
    return F.linear(h.flatten(1), p["dense1/weight"], p["dense1/bias"]), h.flatten(1) if flat else h.sum((2, 3))


def beside(kind, x, vector):
    """`vector` [N, K] as planes or as coordinates."""
    if kind == "images":
        vector = vector[:, :, None, None].expand(-1, -1, *x.shape[2:])
    return torch.cat([x, vector], 1)


def judge(kind, way, p, x):
    if way == "concat":
        return body(kind, p, beside(kind, x, one_hot()))[0]
    if way == "embedding":
        vector = F.embedding(labels(), p["embedding/weight"].T)
        if kind == "points":
            return body(kind, p, beside(kind, x, vector))[0]
        plane = F.linear(vector, p["plane/weight"], p["plane/bias"]).reshape(x.shape[0], 1, *x.shape[2:])
        return body(kind, p, torch.cat([x, plane], 1))[0]
    logits, features = body(kind, p, x, flat=way == "projection, flattened")
    return logits + (F.embedding(labels(), p["projection/weight"]) * features).sum(1, keepdim=True)


def added(kind, way):
    """Parameters that the way adds, and channels or coordinates that it puts beside the sample."""
    if way == "concat":
        return [], CLASSES
    if way == "projection, flattened":
        return [("projection/weight", [CLASSES, 27])], 0
    if way == "projection":
        return [("projection/weight", [CLASSES, FEATURES[kind]])], 0
    if kind == "points":
        return [("embedding/weight", [EMBEDDING, CLASSES])], EMBEDDING
    return [("embedding/weight", [EMBEDDING, CLASSES]), ("plane/weight", [36, EMBEDDING]), ("plane/bias", [36])], 1


def discriminators():
    out = {}
    for kind in SAMPLES:
        flat = ("projection, flattened",) if kind == "images" else ()
        for way in ("concat", "embedding", "projection", *flat):
            extra, planes = added(kind, way)
            shapes = [
                (name, [SAMPLES[kind][1] + planes if n == {"planes"} else n for n in shape]) for name, shape in BODIES[kind]
            ]
            specs = [(name, spec(shape, 40 + i, 0.5)) for i, (name, shape) in enumerate(shapes + extra)]
            p = {name: leaf(s) for name, s in specs}
            sample = spec(SAMPLES[kind], 39)
            x = leaf(sample)
            logits = judge(kind, way, p, x)
            loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
            by_x, *gradients = torch.autograd.grad(loss, [x, *p.values()])
            out[f"{way}, {kind}"] = {
                "kind": kind,
                "way": way.split(",")[0],
                "space": "flatten" if way in flat else "sum",
                "embedding": EMBEDDING,
                "classes": CLASSES,
                "labels": LABELS,
                "x": sample,
                "logits": rounded(logits),
                "loss": rounded(loss.item()),
                "sample": rounded(by_x),
                "parameters": [
                    {"name": name, "operand": s, "gradient": rounded(g)} for (name, s), g in zip(specs, gradients)
                ],
            }
    write("conditional-discriminators", out)


# ---- the losses of heads, by what the heads show --------------------------------------------------------------------------


def class_heads():
    out = {}
    for scale in (2.0, 60.0):
        for player, factor in (("discriminator", 1.0), ("generator", 0.1)):
            real, fake = spec([5, CLASSES], 60, scale), spec([5, CLASSES], 61, scale)
            r, f = leaf(real), leaf(fake)
            on_fake = F.cross_entropy(f, labels())
            value = on_fake + F.cross_entropy(r, labels()) if player == "discriminator" else factor * on_fake
            by_real, by_fake = torch.autograd.grad(value, [r, f], allow_unused=True)
            out[f"{player}, logits up to {scale:g}"] = {
                "player": player,
                "generatorWeight": factor,
                "classes": CLASSES,
                "labels": LABELS,
                "real": real,
                "fake": fake,
                "value": rounded(value.item()),
                "byReal": rounded(torch.zeros_like(r) if by_real is None else by_real),
                "byFake": rounded(by_fake),
                "right": {"real": (r.argmax(1) == labels()).double().mean().item(),
                          "fake": (f.argmax(1) == labels()).double().mean().item()},
            }
    write("class-heads", out)


def code_heads():
    out = {}
    for categories in (0, CLASSES):
        for continuous in (0, CODES):
            for variance in ("unit", "learned"):
                size = categories + continuous * (2 if variance == "learned" else 1)
                if size == 0 or (continuous == 0 and variance == "learned"):
                    continue
                shown, wanted = spec([5, size], 70, 3.0), spec([5, max(continuous, 1)], 71)
                s = leaf(shown)
                c = operand(wanted)
                value = torch.zeros(())
                if categories > 0:
                    value = value + F.cross_entropy(s[:, :categories], labels())
                if continuous > 0:
                    mean = s[:, categories : categories + continuous]
                    spread = F.softplus(s[:, categories + continuous :]) + 1e-3 if variance == "learned" else torch.ones_like(mean)
                    value = value + nn.GaussianNLLLoss(full=False, eps=1e-6, reduction="sum")(mean, c, spread) / 5
                (gradient,) = torch.autograd.grad(value, [s])
                out[f"{categories} categories, {continuous} continuous, variance {variance}"] = {
                    "code": {"categories": categories, "continuous": continuous, "variance": variance},
                    "labels": LABELS,
                    "shown": shown,
                    "continuous": wanted,
                    "value": rounded(value.item()),
                    "gradient": rounded(gradient),
                }
    write("code-heads", out)


# ---- conditional batch norm -----------------------------------------------------------------------------------------------


def conditional_norms():
    out = {}
    for shape in ([5, 3], [5, 3, 4, 2]):
        for training in (True, False):
            x_spec, gain_spec, bias_spec = spec(shape, 80), spec([CLASSES, 3], 81, 0.5, 1.0), spec([CLASSES, 3], 82)
            running = {"mean": spec([3], 83, 0.3), "variance": spec([3], 84, 0.3, 1.0)}
            x, gain, bias = leaf(x_spec), leaf(gain_spec), leaf(bias_spec)
            mean, variance = operand(running["mean"]), operand(running["variance"])
            # Statistics of the batch only: PyTorch keeps the unbiased variance in its running average, we the biased one.
            normed = F.batch_norm(x, None if training else mean, None if training else variance, training=training, eps=1e-5)
            wide = [5, 3] + [1] * (len(shape) - 2)
            y = normed * F.embedding(labels(), gain).reshape(wide) + F.embedding(labels(), bias).reshape(wide)
            cotangent = spec(shape, 85)
            gradients = torch.autograd.grad((operand(cotangent) * y).sum(), [x, gain, bias])
            out[f"{'training' if training else 'sampling'}, {len(shape)} axes"] = {
                "training": training,
                "classes": CLASSES,
                "labels": LABELS,
                "x": x_spec,
                "gain": gain_spec,
                "bias": bias_spec,
                "running": running,
                "cotangent": cotangent,
                "output": rounded(y),
                "gradients": {name: rounded(g) for name, g in zip(("x", "gain", "bias"), gradients)},
            }
    write("conditional-norms", out)


if __name__ == "__main__":
    discriminators()
    class_heads()
    code_heads()
    conditional_norms()
