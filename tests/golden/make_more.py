"""Writes more.json, penalties with memory or on both players as short trainings, and spectral.json, spectral normalisation over several steps.

    /usr/bin/python3 tests/golden/make_more.py

As make_golden.py, whose operands it shares: PyTorch in float64, each term written with PyTorch's own functions.
"""

import torch
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector

from make_golden import leaf, operand, rounded, spec, write

# ---- short trainings of a multi-layer perceptron ---------------------------------------------------------------------

BATCH, LATENT, WIDTH, POINT, STEPS, LR = 6, 3, 4, 2, 5, 0.1

SHAPES = {
    "generator": [("dense1", WIDTH, LATENT), ("dense2", POINT, WIDTH)],
    "discriminator": [("dense1", WIDTH, POINT), ("dense2", 1, WIDTH)],
}


def start(player):
    """Names and operands of a player's arrays, in the order in which it declares them."""
    seed = {"generator": 400, "discriminator": 500}[player]
    out = []
    for name, rows, columns in SHAPES[player]:
        out.append((f"{name}/weight", spec([rows, columns], seed + len(out), 0.9)))
        out.append((f"{name}/bias", spec([rows], seed + len(out), 0.4)))
    return out


class Game:
    def __init__(self):
        self.g, self.d = ({name: leaf(s) for name, s in start(player)} for player in SHAPES)
        # What penalties with memory keep.
        self.averages = {"real": torch.zeros(()), "fake": torch.zeros(())}
        self.history = []

    def generate(self, z):
        h = F.relu(F.linear(z, self.g["dense1/weight"], self.g["dense1/bias"]))
        return F.linear(h, self.g["dense2/weight"], self.g["dense2/bias"])

    def judge(self, x):
        h = F.leaky_relu(F.linear(x, self.d["dense1/weight"], self.d["dense1/bias"]), 0.2)
        return F.linear(h, self.d["dense2/weight"], self.d["dense2/bias"])


def weights(arrays):
    return [x for name, x in arrays.items() if name.endswith("weight")]


def squared_pull(loss, arrays):
    gradients = torch.autograd.grad(loss, list(arrays.values()), create_graph=True)
    return parameters_to_vector(gradients).square().sum()


def term(game, options, view):
    """The weighted term of a penalty."""
    name, scale = options["name"], options.get("lambda", options.get("gamma"))
    player = game.g if options.get("player") == "generator" else game.d
    if name == "lecam":
        for side in ("real", "fake"):
            game.averages[side] = torch.lerp(view[side].detach().mean(), game.averages[side], options["decay"])
        real = F.relu(view["real"] - game.averages["fake"]).square().mean()
        return scale * (real + F.relu(game.averages["real"] - view["fake"]).square().mean())
    if name == "consensus":
        return 0.5 * scale * (squared_pull(view["g_loss"], game.g) + squared_pull(view["d_loss"], game.d))
    if name == "mode-seeking":
        apart = F.l1_loss(view["samples"], game.generate(view["other"]))
        return scale / (apart / F.l1_loss(view["latent"], view["other"]) + 1e-5)
    if name == "historical-averaging":
        now = parameters_to_vector(player.values())
        game.history.append(now.detach().clone())
        return scale * F.mse_loss(now, torch.stack(game.history).mean(0), reduction="sum")
    order = {"l1": 1, "l2": 2}[name]
    return scale * sum(torch.linalg.vector_norm(w, order) ** order for w in weights(player))


PENALTIES = {
    "lecam": ({"name": "lecam", "lambda": 0.7, "decay": 0.8}, "d"),
    "consensus": ({"name": "consensus", "gamma": 0.6}, "gd"),
    "mode-seeking": ({"name": "mode-seeking", "lambda": 0.5}, "g"),
    "historical-averaging": ({"name": "historical-averaging", "lambda": 0.9, "player": "generator"}, "g"),
    "historical-averaging of the discriminator": (
        {"name": "historical-averaging", "lambda": 0.9, "player": "discriminator"},
        "d",
    ),
    "l1": ({"name": "l1", "lambda": 0.02, "player": "discriminator"}, "d"),
    "l2": ({"name": "l2", "lambda": 0.05, "player": "generator"}, "g"),
}


def training(options, players):
    game = Game()
    optimizers = [torch.optim.SGD(arrays.values(), lr=LR) for arrays in (game.g, game.d)]
    terms, losses = [], []
    for step in range(STEPS):
        real = operand(spec([BATCH, POINT], 600 + step))
        latent, other = (operand(spec([BATCH, LATENT], seed + step, 1.7)) for seed in (700, 800))
        samples = game.generate(latent)
        view = {"samples": samples, "latent": latent, "other": other}
        view["real"], view["fake"] = game.judge(real), game.judge(samples)
        one, zero = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
        bce = F.binary_cross_entropy_with_logits
        view["d_loss"] = bce(view["real"], one) + bce(view["fake"], zero)
        view["g_loss"] = bce(view["fake"], one)
        extra = term(game, options, view)
        g_loss = view["g_loss"] + (extra if "g" in players else 0)
        d_loss = view["d_loss"] + (extra if "d" in players else 0)
        # Both from one evaluation: neither moves before the other has looked.
        gradients = [
            torch.autograd.grad(loss, list(arrays.values()), retain_graph=True)
            for loss, arrays in ((g_loss, game.g), (d_loss, game.d))
        ]
        terms.append(rounded(extra.item()))
        losses.append([rounded(view["d_loss"].item()), rounded(view["g_loss"].item())])
        for arrays, slopes, optimizer in zip((game.g, game.d), gradients, optimizers):
            for x, slope in zip(arrays.values(), slopes):
                x.grad = slope
            optimizer.step()
    return {
        "config": {"objective": "non-saturating", "penalties": [options], "optimizer": {"name": "sgd", "lr": LR}},
        "sizes": {"batch": BATCH, "latent": LATENT, "width": WIDTH, "steps": STEPS},
        "start": {who: [{"name": name, "operand": s} for name, s in start(who)] for who in SHAPES},
        "terms": terms,
        "losses": losses,
        "end": {
            who: {name: rounded(x) for name, x in arrays.items()}
            for who, arrays in (("generator", game.g), ("discriminator", game.d))
        },
    }


# ---- spectral normalisation -------------------------------------------------------------------------------------------

LAYERS = {
    "dense": (lambda: torch.nn.Linear(5, 4), {"features": 4}, [3, 5], [4, 5]),
    "conv": (
        lambda: torch.nn.Conv2d(2, 3, 3, 2, 1),
        {"channels": 3, "kernel": 3, "stride": 2, "padding": 1},
        [2, 2, 6, 6],
        [3, 2, 3, 3],
    ),
    "convTranspose": (
        lambda: torch.nn.ConvTranspose2d(3, 2, 4, 2, 1),
        {"channels": 2, "kernel": 4, "stride": 2, "padding": 1},
        [2, 3, 3, 3],
        [3, 2, 4, 4],
    ),
}


def spectral(kind):
    make, options, shape, kernel = LAYERS[kind]
    layer = torch.nn.utils.spectral_norm(make())
    rows = layer.weight_u.numel()
    weight, bias, x = spec(kernel, 900, 0.5), spec([layer.bias.numel()], 901, 0.3), spec(shape, 902)
    with torch.no_grad():
        layer.weight_orig.copy_(operand(weight))
        layer.bias.copy_(operand(bias))
        layer.weight_u.fill_(rows**-0.5)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    steps = []
    for _ in range(4):
        optimizer.zero_grad()
        leaf_x = leaf(x)
        y = layer(leaf_x)
        cotangent = spec(list(y.shape), 903)
        (operand(cotangent) * y).sum().backward()
        steps.append(
            {
                "output": rounded(y),
                "u": rounded(layer.weight_u),
                "gradients": {
                    "x": rounded(leaf_x.grad),
                    "weight": rounded(layer.weight_orig.grad),
                    "bias": rounded(layer.bias.grad),
                },
            }
        )
        optimizer.step()
    return {
        "kind": kind,
        "options": options,
        "lr": 0.05,
        "x": x,
        "parameters": [{"name": "weight", "operand": weight}, {"name": "bias", "operand": bias}],
        "cotangent": cotangent,
        "steps": steps,
    }


if __name__ == "__main__":
    write("more", {name: training(*case) for name, case in PENALTIES.items()})
    write("spectral", {kind: spectral(kind) for kind in LAYERS})
