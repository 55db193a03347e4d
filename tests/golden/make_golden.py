"""Writes the golden numbers: losses, penalties, optimisers, layers and whole trajectories, computed by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_golden.py

Needs PyTorch (Debian: python3-torch, 1.13). The tests read the JSON files, so running them needs no Python. Operands are
not stored: both sides compute them with the integer hash of `operand` (values.ts has the same), exactly equal in float32.
"""

import json
import os

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FOLDER = os.path.dirname(os.path.abspath(__file__))


# ---- operands, the same on both sides ---------------------------------------------------------------------------------


def hash_bits(seed, count):
    """`count` 32-bit words: the finalizer lowbias32 over seed * 2^32 / golden ratio + index."""
    x = np.arange(count, dtype=np.uint32) + np.uint32((seed * 0x9E3779B9) % 2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> np.uint32(shift)
        x *= np.uint32(factor)
    return x ^ (x >> np.uint32(16))


def unit(seed, count):
    """Numbers in [0, 1), multiples of 2^-24."""
    return (hash_bits(seed, count) >> np.uint32(8)).astype(np.float64) * 2.0**-24


def spec(shape, seed, scale=1.0, shift=0.0):
    """An operand as it is stored: shift + scale * (2 u - 1), rounded to float32."""
    return {"shape": list(shape), "seed": seed, "scale": scale, "shift": shift}


def operand(s):
    count = int(np.prod(s["shape"], dtype=np.int64))
    values = (s["shift"] + s["scale"] * (2 * unit(s["seed"], count) - 1)).astype(np.float32).astype(np.float64)
    return torch.from_numpy(values).reshape(s["shape"])


def leaf(s):
    return operand(s).requires_grad_(True)


def rounded(x):
    """Numbers with nine significant digits, nested lists flattened."""
    if isinstance(x, torch.Tensor):
        x = x.detach().reshape(-1).tolist()
    if isinstance(x, (list, tuple)):
        return [rounded(value) for value in x]
    return float(f"{x:.9g}")


def write(name, content):
    path = os.path.join(FOLDER, f"{name}.json")
    lines = [f"  {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in content.items()]
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path}: {os.path.getsize(path)} bytes")


# ---- losses -----------------------------------------------------------------------------------------------------------


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def mse(x, target):
    return F.mse_loss(x, torch.full_like(x, target))


# Written with PyTorch's own losses, not with the formulas of src/gan/objectives.ts.
OBJECTIVES = {
    "minimax": ("minimax", {}, lambda r, f: bce(r, 1) + bce(f, 0), lambda r, f: -bce(f, 0)),
    "non-saturating": ("non-saturating", {}, lambda r, f: bce(r, 1) + bce(f, 0), lambda r, f: bce(f, 1)),
    "non-saturating, smooth": (
        "non-saturating",
        {"realLabel": 0.9, "fakeLabel": 0.05},
        lambda r, f: bce(r, 0.9) + bce(f, 0.05),
        lambda r, f: bce(f, 1),
    ),
    "least-squares": (
        "least-squares", {}, lambda r, f: 0.5 * mse(r, 1) + 0.5 * mse(f, 0), lambda r, f: 0.5 * mse(f, 1)
    ),
    "least-squares, -1 and 1": (
        "least-squares",
        {"fakeLabel": -1, "realLabel": 1, "target": 0},
        lambda r, f: 0.5 * mse(r, 1) + 0.5 * mse(f, -1),
        lambda r, f: 0.5 * mse(f, 0),
    ),
    "wasserstein": ("wasserstein", {}, lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
    "hinge": (
        "hinge",
        {},
        lambda r, f: F.hinge_embedding_loss(r, -torch.ones_like(r)) + F.hinge_embedding_loss(-f, -torch.ones_like(f)),
        lambda r, f: -f.mean(),
    ),
    "relativistic": ("relativistic", {}, lambda r, f: bce(r - f, 1), lambda r, f: bce(f - r, 1)),
    "relativistic-average": (
        "relativistic-average",
        {},
        lambda r, f: bce(r - f.mean(), 1) + bce(f - r.mean(), 0),
        lambda r, f: bce(f - r.mean(), 1) + bce(r - f.mean(), 0),
    ),
}


def losses():
    out = {}
    for name, (objective, options, discriminator, generator) in OBJECTIVES.items():
        for scale in (3.0, 60.0):
            real, fake = spec([7, 1], 1, scale), spec([7, 1], 2, scale)
            r, f = leaf(real), leaf(fake)
            d = discriminator(r, f)
            g = generator(r, f)
            by_real, by_fake = torch.autograd.grad(d, [r, f])
            (by_answer,) = torch.autograd.grad(g, [f])
            out[f"{name}, logits up to {scale:g}"] = {
                "objective": objective,
                "options": options,
                "real": real,
                "fake": fake,
                "discriminator": {"loss": rounded(d.item()), "real": rounded(by_real), "fake": rounded(by_fake)},
                "generator": {"loss": rounded(g.item()), "fake": rounded(by_answer)},
            }
    write("losses", out)


# ---- penalties --------------------------------------------------------------------------------------------------------

CRITIC = [
    ("conv1/weight", [4, 2, 3, 3]),
    ("conv1/bias", [4]),
    ("{norm}1/gain", [4]),
    ("{norm}1/bias", [4]),
    ("conv2/weight", [3, 4, 3, 3]),
    ("conv2/bias", [3]),
    ("dense1/weight", [1, 48]),
    ("dense1/bias", [1]),
]


def per_channel(vector):
    return vector.reshape(1, -1, 1, 1)


def layer_norm(x, gain, bias):
    return F.layer_norm(x, x.shape[1:], eps=1e-5) * per_channel(gain) + per_channel(bias)


def batch_norm(x, gain, bias):
    return F.batch_norm(x, None, None, gain, bias, training=True, eps=1e-5)


def critic(p, norm, x):
    w1, b1, gain, shift, w2, b2, w3, b3 = p
    h = F.conv2d(x, w1, b1, stride=2, padding=1)
    h = (layer_norm if norm == "layerNorm" else batch_norm)(h, gain, shift)
    h = F.conv2d(F.leaky_relu(h, 0.2), w2, b2, padding=1)
    return F.linear(F.softplus(h).flatten(1), w3, b3)


def squared_norm(logits, x):
    (gradient,) = torch.autograd.grad(logits.sum(), [x], create_graph=True)
    return gradient.flatten(1).square().sum(1)


def penalty_term(name, options, discriminate, real, fake, share, weights=()):
    """Mean penalty with its weight. `real` and `fake` are detached here, as the discriminator sees them."""
    if name in ("r1", "r2"):
        x = (real if name == "r1" else fake).detach().requires_grad_(True)
        return 0.5 * options["gamma"] * squared_norm(discriminate(x), x).mean()
    if name == "orthogonal":
        total = 0.0
        for w in weights:
            product = w.flatten(1) @ w.flatten(1).T
            total = total + (product - torch.diag(torch.diagonal(product))).square().sum()
        return options["beta"] * total
    if name == "dragan":
        noise = 0.5 * real.std(unbiased=False) * share
        x = (real + noise).detach().requires_grad_(True)
        return options["lambda"] * (squared_norm(discriminate(x), x).sqrt() - 1).square().mean()
    x = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    if name == "zero-gp":
        return options["lambda"] * squared_norm(discriminate(x), x).mean()
    return options["lambda"] * (squared_norm(discriminate(x), x).sqrt() - 1).square().mean()


def penalties():
    out = {}
    for norm in ("layerNorm", "batchNorm"):
        specs = [
            spec(shape, 10 + i, 0.2 if name.endswith("gain") else 0.4, 1.0 if name.endswith("gain") else 0.0)
            for i, (name, shape) in enumerate(CRITIC)
        ]
        names = [name.format(norm=norm) for name, _ in CRITIC]
        real, fake, share = spec([5, 2, 8, 8], 30), spec([5, 2, 8, 8], 31), spec([5, 1, 1, 1], 32, 0.5, 0.5)
        for name, options in (
            ("r1", {"gamma": 3.0}),
            ("r2", {"gamma": 0.7}),
            ("wgan-gp", {"lambda": 10.0}),
            ("zero-gp", {"lambda": 10.0}),
            ("dragan", {"lambda": 10.0}),
            ("orthogonal", {"beta": 0.1, "player": "discriminator"}),
        ):
            p = [leaf(s) for s in specs]
            weights = [x for x, key in zip(p, names) if key.endswith("weight")]
            share = spec([5, 2, 8, 8] if name == "dragan" else [5, 1, 1, 1], 32, 0.5, 0.5)
            term = penalty_term(
                name,
                options,
                lambda x, p=p, norm=norm: critic(p, norm, x),
                operand(real),
                operand(fake),
                operand(share),
                weights,
            )
            gradients = torch.autograd.grad(term, p, allow_unused=True)
            out[f"{name}, {norm}"] = {
                "penalty": name,
                "options": options,
                "norm": norm,
                "real": real,
                "fake": fake,
                "share": share,
                "value": rounded(term.item()),
                "parameters": [
                    {
                        "name": key,
                        "operand": s,
                        "gradient": rounded(torch.zeros(s["shape"]) if g is None else g),
                    }
                    for key, s, g in zip(names, specs, gradients)
                ],
            }
    write("penalties", out)


# ---- optimisers -------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "adam": {"name": "adam", "beta1": 0.9, "beta2": 0.999},
    "adam, beta1 0.5": {"name": "adam", "beta1": 0.5, "beta2": 0.999},
    "adam, beta1 0": {"name": "adam", "beta1": 0.0, "beta2": 0.99},
    "adam, beta2 0.9, epsilon 1e-3": {"name": "adam", "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
    "adam, epsilon 0.1": {"name": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 0.1},
    "sgd": {"name": "sgd"},
    "sgd, momentum": {"name": "sgd", "momentum": 0.9},
    "sgd, nesterov": {"name": "sgd", "momentum": 0.8, "nesterov": True},
    "sgd, clip by norm": {"name": "sgd", "momentum": 0.5, "clip": {"norm": 0.75}},
    "sgd, clip by norm never reached": {"name": "sgd", "clip": {"norm": 50.0}},
    "sgd, clip by value": {"name": "sgd", "clip": {"value": 0.3}},
    "adam, clip by value then norm": {"name": "adam", "beta1": 0.5, "clip": {"value": 0.4, "norm": 0.5}},
    "adamw": {"name": "adamw", "beta1": 0.5, "beta2": 0.99, "decay": 0.1},
    "rmsprop": {"name": "rmsprop", "decay": 0.9, "epsilon": 1e-6},
    "sgd, clipped weights": {"name": "sgd", "momentum": 0.5, "clip": {"weights": 0.2}},
    "sgd, optimistic": {"name": "sgd", "optimistic": True},
    "adam, optimistic": {"name": "adam", "beta1": 0.5, "beta2": 0.9, "optimistic": True},
    "adam, lookahead": {"name": "adam", "beta1": 0.5, "lookahead": {"steps": 3, "share": 0.6}},
}


def make_optimizer(choice, parameters, lr):
    if choice["name"] == "sgd":
        return torch.optim.SGD(
            parameters, lr=lr, momentum=choice.get("momentum", 0.0), nesterov=choice.get("nesterov", False)
        )
    if choice["name"] == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=lr, alpha=choice["decay"], eps=choice["epsilon"])
    betas = (choice.get("beta1", 0.5), choice.get("beta2", 0.999))
    if choice["name"] == "adamw":
        return torch.optim.AdamW(parameters, lr=lr, betas=betas, eps=1e-8, weight_decay=choice["decay"])
    return torch.optim.Adam(parameters, lr=lr, betas=betas, eps=choice.get("epsilon", 1e-8))


def clip_gradients(choice, parameters):
    clip = choice.get("clip", {})
    if "value" in clip:
        torch.nn.utils.clip_grad_value_(parameters, clip["value"])
    if "norm" in clip:
        # PyTorch divides by norm + 1e-6; this is the exact rule.
        norm = torch.sqrt(sum(p.grad.square().sum() for p in parameters))
        for p in parameters:
            p.grad.mul_(min(1.0, clip["norm"] / norm.item()))


def optimizers():
    out = {}
    start = spec([6], 50)
    for name, choice in OPTIMIZERS.items():
        p = leaf(start)
        optimizer = make_optimizer(choice, [p], 0.05)
        path = []
        previous = torch.zeros(6)
        slow = p.detach().clone()
        for step in range(20):
            # A gradient that depends on where the parameters are, so that an error is carried on.
            p.grad = operand(spec([6], 100 + step, 0.6)) + 0.3 * p.detach()
            clip_gradients(choice, [p])
            before = p.detach().clone()
            optimizer.step()
            with torch.no_grad():
                if choice.get("optimistic"):
                    taken = p - before
                    p.copy_(before + 2 * taken - previous)
                    previous = taken
                if "weights" in choice.get("clip", {}):
                    p.clamp_(-choice["clip"]["weights"], choice["clip"]["weights"])
                if "lookahead" in choice and (step + 1) % choice["lookahead"]["steps"] == 0:
                    slow += choice["lookahead"]["share"] * (p - slow)
                    p.copy_(slow)
            path.append(rounded(p))
        out[name] = {"choice": choice, "lr": 0.05, "start": start, "path": path}
    write("optimizers", out)


# ---- layers -----------------------------------------------------------------------------------------------------------


def same_pads(size, kernel, stride, dilation):
    """TensorFlow's rule, left and right."""
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def pad_for(x, o):
    kernel, stride, dilation = (two(o[key]) for key in ("kernel", "stride", "dilation"))
    padding = o["padding"]
    if padding == "same":
        top, bottom = same_pads(x.shape[2], kernel[0], stride[0], dilation[0])
        left, right = same_pads(x.shape[3], kernel[1], stride[1], dilation[1])
    else:
        top, left, bottom, right = padding if isinstance(padding, list) else [0 if padding == "valid" else padding] * 4
    return F.pad(x, (left, right, top, bottom))


def two(x):
    return x if isinstance(x, list) else [x, x]


def conv(x, w, b, o):
    return F.conv2d(pad_for(x, o), w, b, two(o["stride"]), 0, two(o["dilation"]), o["groups"])


def conv_transpose(x, w, b, o):
    if o["padding"] != "same":
        return F.conv_transpose2d(
            x, w, b, two(o["stride"]), o["padding"], two(o["outputPadding"]), o["groups"], two(o["dilation"])
        )
    # By definition the transpose of a `same` convolution of the larger side: its gradient, taken by PyTorch.
    stride = two(o["stride"])
    large = torch.zeros(
        x.shape[0], w.shape[1] * o["groups"], x.shape[2] * stride[0], x.shape[3] * stride[1], requires_grad=True
    )
    (y,) = torch.autograd.grad(conv(large, w, None, o), large, x, create_graph=True)
    return y + per_channel(b)


def geometry(kernel, stride=1, padding="valid", dilation=1, groups=1, **more):
    return {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups, **more}


CONVS = [
    ([2, 3, 7, 6], 4, geometry(3)),
    ([2, 3, 7, 6], 4, geometry(4, stride=2, padding=1)),
    ([2, 3, 7, 6], 4, geometry([3, 2], stride=[2, 1], padding=[0, 1, 2, 0])),
    ([2, 3, 9, 8], 2, geometry(3, stride=1, padding=2, dilation=2)),
    ([2, 4, 6, 6], 6, geometry(3, stride=2, padding=1, groups=2)),
    ([1, 3, 7, 10], 2, geometry(4, stride=2, padding="same")),
    ([1, 3, 7, 10], 2, geometry(3, stride=3, padding="same")),
    ([1, 2, 8, 8], 2, geometry(3, stride=1, padding="same", dilation=2)),
    ([1, 2, 5, 5], 2, geometry(1, stride=2, padding="same")),
]

TRANSPOSED = [
    ([2, 3, 4, 3], 4, geometry(3, padding=0, outputPadding=0)),
    ([2, 3, 4, 3], 4, geometry(4, stride=2, padding=1, outputPadding=0)),
    ([2, 3, 4, 3], 2, geometry([3, 2], stride=[3, 2], padding=1, outputPadding=[2, 1])),
    ([1, 4, 3, 3], 6, geometry(3, stride=2, padding=1, groups=2, outputPadding=1)),
    ([1, 2, 4, 4], 3, geometry(3, stride=1, padding=1, dilation=2, outputPadding=0)),
    ([1, 3, 4, 5], 2, geometry(4, stride=2, padding="same", outputPadding=0)),
    ([1, 3, 4, 5], 2, geometry(5, stride=2, padding="same", outputPadding=0)),
    ([1, 2, 3, 4], 2, geometry(4, stride=1, padding="same", outputPadding=0)),
    ([1, 2, 3, 3], 2, geometry(2, stride=3, padding="same", outputPadding=0)),
]


def layer_case(kind, options, x, parameters, f, extra=None, buffers=None):
    """Output and gradients of sum(cotangent * output) for the input and every parameter."""
    leaves = {name: leaf(s) for name, s in [("x", x), *parameters]}
    y = f(*leaves.values())
    cotangent = spec(list(y.shape), 99)
    gradients = torch.autograd.grad((operand(cotangent) * y).sum(), list(leaves.values()))
    return {
        "kind": kind,
        "options": options,
        "x": x,
        "parameters": [{"name": name, "operand": s} for name, s in parameters],
        "cotangent": cotangent,
        "output": rounded(y),
        "gradients": {name: rounded(g) for name, g in zip(leaves, gradients)},
        **(extra or {}),
        **({"buffers": buffers()} if buffers else {}),
    }


def text(o):
    return ", ".join(f"{key} {value}" for key, value in o.items() if key != "channels")


def affine(channels):
    return [("gain", spec([channels], 91, 0.5, 1.0)), ("bias", spec([channels], 92, 0.5))]


def norm_cases():
    out = {}
    for shape in ([6, 3], [4, 3, 2, 5]):
        x = spec(shape, 90, 1.5, 0.4)
        for momentum, epsilon in ((0.9, 1e-5), (0.8, 1e-3)):
            # PyTorch's momentum is the share of the NEW value, and its running variance is the unbiased one.
            module = torch.nn.BatchNorm1d(3) if len(shape) == 2 else torch.nn.BatchNorm2d(3)
            module.momentum, module.eps = 1 - momentum, epsilon

            def train(x, gain, bias, module=module):
                return F.batch_norm(
                    x, module.running_mean, module.running_var, gain, bias, True, module.momentum, module.eps
                )

            def running(module=module, momentum=momentum, shape=shape):
                count = int(np.prod(shape)) // 3
                unbiased = (module.running_var - momentum) / (1 - momentum)
                population = momentum + (1 - momentum) * unbiased * (count - 1) / count
                return {"mean": rounded(module.running_mean), "variance": rounded(population)}

            options = {"momentum": momentum, "epsilon": epsilon}
            out[f"batchNorm [{shape}] {text(options)}"] = layer_case(
                "batchNorm", options, x, affine(3), train, buffers=running
            )
        out[f"layerNorm [{shape}]"] = layer_case(
            "layerNorm",
            {},
            x,
            affine(3),
            lambda x, gain, bias: F.layer_norm(x, x.shape[1:], eps=1e-5) * gain.reshape(1, 3, *[1] * (x.dim() - 2))
            + bias.reshape(1, 3, *[1] * (x.dim() - 2)),
        )
        mean, variance = spec([3], 93, 0.3), spec([3], 94, 0.5, 1.0)
        out[f"batchNorm [{shape}] sampling"] = layer_case(
            "batchNorm",
            {"epsilon": 1e-3},
            x,
            affine(3),
            lambda x, gain, bias, mean=mean, variance=variance: F.batch_norm(
                x, operand(mean), operand(variance), gain, bias, False, 0.0, 1e-3
            ),
            {"running": {"mean": mean, "variance": variance}},
        )
    return out


def layers():
    out = {
        "dense": layer_case(
            "dense",
            {"features": 4},
            spec([3, 5], 60),
            [("weight", spec([4, 5], 61)), ("bias", spec([4], 62))],
            F.linear,
        )
    }
    for shape, channels, o in CONVS:
        kernel = [channels, shape[1] // o["groups"], *two(o["kernel"])]
        parameters = [("weight", spec(kernel, 71)), ("bias", spec([channels], 72))]
        out[f"conv {text(o)} on {shape}"] = layer_case(
            "conv", {"channels": channels, **o}, spec(shape, 70), parameters, lambda x, w, b, o=o: conv(x, w, b, o)
        )
    for shape, channels, o in TRANSPOSED:
        kernel = [shape[1], channels // o["groups"], *two(o["kernel"])]
        parameters = [("weight", spec(kernel, 81)), ("bias", spec([channels], 82))]
        out[f"convTranspose {text(o)} on {shape}"] = layer_case(
            "convTranspose",
            {"channels": channels, **o},
            spec(shape, 80),
            parameters,
            lambda x, w, b, o=o: conv_transpose(x, w, b, o),
        )
    out.update(norm_cases())
    x = spec([4, 6], 95, 4.0)
    for kind, f in (
        ("relu", torch.relu),
        ("leakyRelu", lambda x: F.leaky_relu(x, 0.2)),
        ("tanh", torch.tanh),
        ("sigmoid", torch.sigmoid),
        ("softplus", F.softplus),
    ):
        out[kind] = layer_case(kind, {}, x, [], f)
    write("layers", out)


# ---- whole trajectories -----------------------------------------------------------------------------------------------

SIZE, BASE, LATENT, BATCH, STEPS, DECAY = 16, 8, 8, 8, 20, 0.9


def network_shapes(norm):
    g = [
        ("convTranspose1/weight", [LATENT, 2 * BASE, 4, 4]),
        ("batchNorm1/gain", [2 * BASE]),
        ("batchNorm1/bias", [2 * BASE]),
        ("convTranspose2/weight", [2 * BASE, BASE, 4, 4]),
        ("batchNorm2/gain", [BASE]),
        ("batchNorm2/bias", [BASE]),
        ("convTranspose3/weight", [BASE, 1, 4, 4]),
        ("convTranspose3/bias", [1]),
    ]
    middle = {
        "batch": [("batchNorm1/gain", [2 * BASE]), ("batchNorm1/bias", [2 * BASE])],
        "layer": [("layerNorm1/gain", [2 * BASE]), ("layerNorm1/bias", [2 * BASE])],
        "none": [("conv2/bias", [2 * BASE])],
    }[norm]
    d = [
        ("conv1/weight", [BASE, 1, 4, 4]),
        ("conv1/bias", [BASE]),
        ("conv2/weight", [2 * BASE, BASE, 4, 4]),
        *middle,
        ("conv3/weight", [1, 2 * BASE, 4, 4]),
        ("conv3/bias", [1]),
    ]
    return g, d


def start_spec(name, shape, seed):
    if name.endswith("gain"):
        return spec(shape, seed, 0.05, 1.0)
    return spec(shape, seed, 0.15 if name.endswith("weight") else 0.05)


class BatchNorm:
    """Batch normalisation that says when its running averages move. Population variance, 0.9 of the old average."""

    def __init__(self, channels):
        self.mean, self.variance = torch.zeros(channels), torch.ones(channels)

    def __call__(self, x, gain, bias, keep):
        if keep:
            batch = x.detach().transpose(0, 1).flatten(1)
            self.mean = 0.9 * self.mean + 0.1 * batch.mean(1)
            self.variance = 0.9 * self.variance + 0.1 * batch.var(1, unbiased=False)
        return F.batch_norm(x, None, None, gain, bias, training=True, eps=1e-5)


class Play:
    """DCGAN of 16x16 grey images, written from the papers, one function per network."""

    def __init__(self, config):
        self.config = config
        self.norm = config["norm"]
        shapes = network_shapes(self.norm)
        self.specs = [
            [(name, start_spec(name, shape, base + i)) for i, (name, shape) in enumerate(list_)]
            for list_, base in zip(shapes, (200, 300))
        ]
        self.g, self.d = ({name: leaf(s) for name, s in list_} for list_ in self.specs)
        self.g_norms = [BatchNorm(2 * BASE), BatchNorm(BASE)]
        self.d_norms = [BatchNorm(2 * BASE)] if self.norm == "batch" else []
        self.average = {name: p.detach().clone() for name, p in self.g.items()}
        self.average_norms = [(n.mean.clone(), n.variance.clone()) for n in self.g_norms]
        optimizer = config["optimizer"]
        self.g_optimizer = make_optimizer(optimizer, list(self.g.values()), optimizer["lr"])
        self.d_optimizer = make_optimizer(optimizer, list(self.d.values()), optimizer["lr"])
        self.updates = {"g": 0, "d": 0}

    def generate(self, z, keep):
        p = self.g
        h = F.conv_transpose2d(z.reshape(BATCH, LATENT, 1, 1), p["convTranspose1/weight"])
        h = F.relu(self.g_norms[0](h, p["batchNorm1/gain"], p["batchNorm1/bias"], keep))
        h = F.conv_transpose2d(h, p["convTranspose2/weight"], None, 2, 1)
        h = F.relu(self.g_norms[1](h, p["batchNorm2/gain"], p["batchNorm2/bias"], keep))
        return torch.tanh(F.conv_transpose2d(h, p["convTranspose3/weight"], p["convTranspose3/bias"], 2, 1))

    def judge(self, x, keep):
        p = self.d
        h = F.leaky_relu(F.conv2d(x, p["conv1/weight"], p["conv1/bias"], 2, 1), 0.2)
        h = F.conv2d(h, p["conv2/weight"], p.get("conv2/bias"), 2, 1)
        if self.norm == "batch":
            h = self.d_norms[0](h, p["batchNorm1/gain"], p["batchNorm1/bias"], keep)
        elif self.norm == "layer":
            h = layer_norm(h, p["layerNorm1/gain"], p["layerNorm1/bias"])
        return F.conv2d(F.leaky_relu(h, 0.2), p["conv3/weight"], p["conv3/bias"]).flatten(1)

    def penalties(self, who, real, fake, draw, metrics):
        """The active penalties of a player, scaled by how seldom they are computed."""
        total = 0.0
        share = operand(spec([BATCH, 1, 1, 1], 3000 + draw, 0.5, 0.5))
        for options in self.config["penalties"]:
            name, every = options["name"], options.get("every", 1)
            player = options.get("player", "discriminator")
            if player != who or self.updates[who[0]] % every != 0:
                continue
            if name in ("l1", "l2"):
                weights = [p for key, p in (self.g if who[0] == "g" else self.d).items() if key.endswith("weight")]
                term = options["lambda"] * sum((w.abs() if name == "l1" else w.square()).sum() for w in weights)
            else:
                term = penalty_term(name, options, lambda x: self.judge(x, False), real, fake, share)
            metrics[f"penalty/{name}"] = term.item()
            total = total + every * term
        return total

    def move(self, who, loss, metrics):
        parameters = list((self.g if who == "generator" else self.d).values())
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True)
        for p, gradient in zip(parameters, gradients):
            p.grad = gradient
        length = lambda tensors: torch.sqrt(sum(x.detach().square().sum() for x in tensors)).item()
        before = [p.detach().clone() for p in parameters]
        metrics[f"gradient/{who}"] = length(gradients)
        metrics[f"weight/{who}"] = length(before)
        clip_gradients(self.config["optimizer"], parameters)
        return parameters, before, length

    def finish(self, who, parameters, before, length, metrics):
        (self.g_optimizer if who == "generator" else self.d_optimizer).step()
        metrics[f"update/{who}"] = length([p - b for p, b in zip(parameters, before)]) / length(before)
        self.updates[who[0]] += 1

    def phase(self, draw, moves_d, moves_g):
        """One batch. `keep`: running averages move in passes that train, and not in the generator's second look."""
        metrics = {}
        _, _, d_loss, g_loss = OBJECTIVES[self.config["objective"]]
        pixels = np.floor(256 * unit(1000 + draw, BATCH * SIZE * SIZE)).reshape(BATCH, 1, SIZE, SIZE)
        real = torch.from_numpy(pixels) / 127.5 - 1
        fake = self.generate(operand(spec([BATCH, LATENT], 2000 + draw, 1.7)), True)
        real_logits = self.judge(real, moves_d)
        fake_logits = self.judge(fake, moves_d)
        # The reals are looked at only where the discriminator learns.
        for side, logits in (("real", real_logits), ("fake", fake_logits))[0 if moves_d else 1 :]:
            metrics[f"score/{side}"] = logits.mean().item()
            metrics[f"spread/{side}"] = logits.std(unbiased=False).item()
            metrics[f"accuracy/{side}"] = (logits > 0 if side == "real" else logits < 0).double().mean().item()
        simultaneous = self.config["mode"] == "simultaneous" and moves_d and moves_g

        def discriminator():
            loss = d_loss(real_logits, fake_logits)
            metrics["loss/discriminator"] = loss.item()
            loss = loss + self.penalties("discriminator", real, fake, draw, metrics)
            return self.move("discriminator", loss, metrics)

        def generator(logits):
            loss = g_loss(None, logits)  # none of these objectives compares with reals
            metrics["loss/generator"] = loss.item()
            loss = loss + self.penalties("generator", real, fake, draw, metrics)
            return self.move("generator", loss, metrics)

        if simultaneous:
            moved = {"discriminator": discriminator(), "generator": generator(fake_logits)}
            for who, move in moved.items():
                self.finish(who, *move, metrics)
        else:
            if moves_d:
                self.finish("discriminator", *discriminator(), metrics)
            if moves_g:
                # The generator answers the moved discriminator; the fakes are the same ones.
                logits = self.judge(fake, False) if moves_d else fake_logits
                self.finish("generator", *generator(logits), metrics)
        if moves_g:
            with torch.no_grad():
                for name, p in self.g.items():
                    self.average[name] = DECAY * self.average[name] + (1 - DECAY) * p
            self.average_norms = [
                (DECAY * mean + (1 - DECAY) * n.mean, DECAY * variance + (1 - DECAY) * n.variance)
                for (mean, variance), n in zip(self.average_norms, self.g_norms)
            ]
        return {key: rounded(value) for key, value in sorted(metrics.items())}

    def state(self):
        out = {}
        for prefix, arrays in (("generator", self.g), ("discriminator", self.d), ("ema/generator", self.average)):
            out.update({f"{prefix}/{name}": p for name, p in arrays.items()})
        norms = (
            ("generator", [(n.mean, n.variance) for n in self.g_norms]),
            ("discriminator", [(n.mean, n.variance) for n in self.d_norms]),
            ("ema/generator", self.average_norms),
        )
        for prefix, list_ in norms:
            for i, (mean, variance) in enumerate(list_):
                out[f"{prefix}/buffers/batchNorm{i + 1}/mean"] = mean
                out[f"{prefix}/buffers/batchNorm{i + 1}/variance"] = variance
        return out


TRAJECTORIES = {
    "alternating": {
        "objective": "non-saturating",
        "norm": "batch",
        "mode": "alternating",
        "optimizer": {"name": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999},
        "penalties": [],
        "ratio": [1, 1],
    },
    "simultaneous": {
        "objective": "non-saturating",
        "norm": "batch",
        "mode": "simultaneous",
        "optimizer": {"name": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999},
        "penalties": [],
        "ratio": [1, 1],
    },
    "wgan-gp, two discriminator steps": {
        "objective": "wasserstein",
        "norm": "layer",
        "mode": "alternating",
        "optimizer": {"name": "adam", "lr": 1e-3, "beta1": 0.0, "beta2": 0.9},
        "penalties": [{"name": "wgan-gp", "lambda": 10.0}],
        "ratio": [2, 1],
    },
    "lazy r1 and weight penalties, two generator steps": {
        "objective": "least-squares",
        "norm": "none",
        "mode": "alternating",
        "optimizer": {"name": "sgd", "lr": 1e-2, "momentum": 0.9, "nesterov": True, "clip": {"norm": 0.8}},
        "penalties": [
            {"name": "r1", "gamma": 2.0, "every": 4},
            {"name": "r2", "gamma": 1.0, "every": 3},
            {"name": "l1", "lambda": 1e-3},
            {"name": "l2", "lambda": 1e-3, "player": "generator", "every": 2},
        ],
        "ratio": [1, 2],
    },
}


def sampled(x):
    """At most eight elements, evenly spaced, and the Euclidean norm."""
    values = x.detach().reshape(-1)
    stride = max(1, values.numel() // 8)
    return {"stride": stride, "values": rounded(values[::stride][:8]), "norm": rounded(values.norm().item())}


def trajectories():
    out = {}
    for name, config in TRAJECTORIES.items():
        play = Play(config)
        n, m = config["ratio"]
        phases = []
        for step in range(STEPS):
            for i in range(max(n, m)):
                draw = step * max(n, m) + i
                # The discriminator moves in the first n phases, the generator in the last m.
                phases.append(play.phase(draw, i < n, i >= max(n, m) - m))
        out[name] = {
            "config": config,
            "sizes": {"size": SIZE, "base": BASE, "latent": LATENT, "batch": BATCH, "steps": STEPS, "decay": DECAY},
            "start": {
                who: [{"name": key, "operand": s} for key, s in list_]
                for who, list_ in zip(("generator", "discriminator"), play.specs)
            },
            "phases": phases,
            "state": {key: sampled(value) for key, value in play.state().items()},
        }
    write("trajectories", out)


if __name__ == "__main__":
    losses()
    penalties()
    optimizers()
    layers()
    trajectories()
