"""Writes the golden numbers of how players move: unrolled discriminators, extragradient, accumulated gradients, and Adam
whose beta2 moves, computed by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_dynamics.py

The games are of two small perceptrons on points; see dynamics.test.ts. Operands are those of make_golden.py.
"""

import torch
from torch.nn import functional as F
from torch.optim.adam import adam as functional_adam

from make_golden import leaf, operand, rounded, spec, write

BATCH, LATENT, WIDTH, SIZE, STEPS = 6, 2, 5, 2, 4
LR_D, LR_G = 0.05, 0.03
BETAS, EPS = (0.5, 0.9), 1e-8
SHAPES = {
    "generator": [(WIDTH, LATENT), (WIDTH,), (SIZE, WIDTH), (SIZE,)],
    "discriminator": [(WIDTH, SIZE), (WIDTH,), (1, WIDTH), (1,)],
}


def start(player):
    return [spec(shape, seed, 0.8) for seed, shape in enumerate(SHAPES[player], 10 if player == "generator" else 20)]


def generate(p, z):
    return F.linear(F.relu(F.linear(z, p[0], p[1])), p[2], p[3])


def judge(p, x):
    return F.linear(F.leaky_relu(F.linear(x, p[0], p[1]), 0.2), p[2], p[3])


def loss_d(d, g, real, z, gamma):
    fake = generate(g, z)
    loss = F.binary_cross_entropy_with_logits(judge(d, real), torch.ones(BATCH, 1))
    loss = loss + F.binary_cross_entropy_with_logits(judge(d, fake), torch.zeros(BATCH, 1))
    if gamma > 0:
        x = real.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(judge(d, x).sum(), x, create_graph=True)
        loss = loss + gamma / 2 * slope.square().sum(1).mean()
    return loss


def loss_g(d, g, z):
    return F.binary_cross_entropy_with_logits(judge(d, generate(g, z)), torch.ones(BATCH, 1))


def batch(draw):
    return operand(spec([BATCH, SIZE], 1000 + draw, 1.2, 0.3)), operand(spec([BATCH, LATENT], 2000 + draw, 1.7))


def optimizer(kind, parameters, lr):
    if kind == "sgd":
        return torch.optim.SGD(parameters, lr=lr)
    return torch.optim.Adam(parameters, lr=lr, betas=BETAS, eps=EPS)


def gradients(loss, parameters):
    return list(torch.autograd.grad(loss, parameters))


def step(opt, parameters, grads):
    for p, grad in zip(parameters, grads):
        p.grad = grad.detach()
    opt.step()


def unrolled(d, opt, inner, loss):
    """The discriminator's parameters after further updates, as functions of everything before: PyTorch's differentiable Adam."""
    kind, lr = inner["optimizer"], inner.get("lr", LR_D)
    adam = kind == "adam" or (kind == "own" and isinstance(opt, torch.optim.Adam))
    now = [p.clone() for p in d]
    if adam:
        state = [opt.state.get(p, {}) if kind == "own" else {} for p in d]
        m = [s["exp_avg"].clone() if s else torch.zeros_like(p) for s, p in zip(state, d)]
        v = [s["exp_avg_sq"].clone() if s else torch.zeros_like(p) for s, p in zip(state, d)]
        count = [s["step"].clone() if s else torch.tensor(0.0) for s in state]
    for _ in range(inner["steps"]):
        grads = torch.autograd.grad(loss(now), now, create_graph=True)
        # In-place functions on copies, so that the copies before keep their values.
        now = [p.clone() for p in now]
        if adam:
            m, v = [x.clone() for x in m], [x.clone() for x in v]
            functional_adam(
                now, list(grads), m, v, [], count, foreach=False, capturable=False, differentiable=True, amsgrad=False,
                beta1=BETAS[0], beta2=BETAS[1], lr=lr, weight_decay=0.0, eps=EPS, maximize=False,
            )
        else:
            now = [p - lr * grad for p, grad in zip(now, grads)]
    return now


def play(config):
    mode, kind, gamma = config["mode"], config["optimizer"], config.get("gamma", 0.0)
    inner, accumulate = config.get("unroll"), config.get("accumulate", 1)
    g, d = [leaf(s) for s in start("generator")], [leaf(s) for s in start("discriminator")]
    opt_g, opt_d = optimizer(kind, g, LR_G), optimizer(kind, d, LR_D)
    path, draw = [], 0

    def generator_loss(real, z):
        if inner is None:
            return loss_g(d, g, z)
        return loss_g(unrolled(d, opt_d, inner, lambda now: loss_d(now, g, real, z, gamma)), g, z)

    def mean(parameters, loss, batches):
        parts = [gradients(loss(*drawn), parameters) for drawn in batches]
        return [sum(grads) / len(parts) for grads in zip(*parts)]

    for _ in range(STEPS):
        batches = [batch(draw + i) for i in range(accumulate)]
        draw += accumulate
        of_d = lambda real, z: loss_d(d, g, real, z, gamma)
        if mode == "alternating":
            step(opt_d, d, mean(d, of_d, batches))
            if accumulate > 1:
                batches = [batch(draw + i) for i in range(accumulate)]
                draw += accumulate
            step(opt_g, g, mean(g, generator_loss, batches))
        else:
            grads_d, grads_g = mean(d, of_d, batches), mean(g, generator_loss, batches)
            if mode == "extragradient":
                before = [p.detach().clone() for p in d + g]
                step(opt_d, d, grads_d)
                step(opt_g, g, grads_g)
                grads_d, grads_g = mean(d, of_d, batches), mean(g, generator_loss, batches)
                with torch.no_grad():
                    for p, x in zip(d + g, before):
                        p.copy_(x)
            step(opt_d, d, grads_d)
            step(opt_g, g, grads_g)
        path.append({"generator": sum((rounded(p) for p in g), []), "discriminator": sum((rounded(p) for p in d), [])})
    return {"config": config, "path": path}


GAMES = {
    "unrolled by own adam": {"mode": "alternating", "optimizer": "adam", "unroll": {"steps": 3, "optimizer": "own"}},
    "unrolled by own adam, at once": {"mode": "simultaneous", "optimizer": "adam", "unroll": {"steps": 2, "optimizer": "own"}},
    "unrolled by adam from zero": {
        "mode": "alternating", "optimizer": "sgd", "unroll": {"steps": 3, "optimizer": "adam", "lr": 0.1, "beta1": 0.5, "beta2": 0.9}, "gamma": 0.5,
    },
    "unrolled by sgd, with r1": {
        "mode": "alternating", "optimizer": "adam", "unroll": {"steps": 4, "optimizer": "sgd", "lr": 0.3}, "gamma": 0.5,
    },
    "unrolled by own sgd, at once": {"mode": "simultaneous", "optimizer": "sgd", "unroll": {"steps": 2, "optimizer": "own"}},
    "extragradient, sgd and r1": {"mode": "extragradient", "optimizer": "sgd", "gamma": 0.5},
    "extragradient, adam": {"mode": "extragradient", "optimizer": "adam"},
    "accumulated, alternating adam": {"mode": "alternating", "optimizer": "adam", "accumulate": 3, "gamma": 0.5},
    "accumulated, simultaneous sgd": {"mode": "simultaneous", "optimizer": "sgd", "accumulate": 2},
}


def moving_beta2():
    """torch.optim.Adam told a new beta2 at each step. Its correction is then 1 - beta2^t with the present beta2; ours is 1 minus
    the product of all so far. Scaling rate and epsilon by the root of their ratio makes one of the other."""
    p, lr = leaf(spec([6], 50)), 0.05
    opt = torch.optim.Adam([p], lr=lr, betas=(0.5, 0.9), eps=1e-8)
    path, betas, kept = [], [], 1.0
    for i in range(20):
        beta2 = 0.9 + 0.09 * i / 19
        kept *= beta2
        scale = ((1 - kept) / (1 - beta2 ** (i + 1))) ** 0.5
        opt.param_groups[0].update(betas=(0.5, beta2), lr=lr * scale, eps=1e-8 * scale)
        p.grad = operand(spec([6], 100 + i, 0.6)) + 0.3 * p.detach()
        opt.step()
        betas.append(beta2)
        path.append(rounded(p))
    return {"lr": lr, "start": spec([6], 50), "betas": betas, "path": path}


if __name__ == "__main__":
    write("dynamics", {name: {**play(config), "start": {k: start(k) for k in SHAPES}} for name, config in GAMES.items()})
    write("moving-beta2", {"adam, beta2 from 0.9 to 0.99": moving_beta2()})
