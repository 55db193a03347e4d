"""Writes the golden numbers of what acts against collapse: feature matching, top-k training and VEEGAN, by PyTorch in float64.

    /usr/bin/python3 tests/golden/make_collapse.py
"""

import math

import torch
from torch.nn import functional as F

from make_golden import bce, leaf, mse, operand, rounded, spec, write


def feature_matching():
    out = {}
    for adversarial in (0, 0.5):
        real, fake, logits = spec([5, 2, 3], 1, 2.0), spec([5, 2, 3], 2, 2.0, 0.3), spec([5, 1], 3, 3.0)
        f, l = leaf(fake), leaf(logits)
        loss = F.mse_loss(f.mean(0), operand(real).mean(0), reduction="sum") + adversarial * bce(l, 1)
        by_features, by_logits = torch.autograd.grad(loss, [f, l], allow_unused=True)
        out[f"feature matching, adversarial weight {adversarial:g}"] = {
            "kind": "feature-matching",
            "options": {"adversarial": adversarial},
            "real": real,
            "fake": fake,
            "logits": logits,
            "loss": rounded(loss.item()),
            "byFeatures": rounded(by_features),
            "byLogits": rounded(torch.zeros_like(l) if by_logits is None else by_logits),
        }
    return out


# The generator's loss of the best fakes f, whose places are `i`, given all reals.
TOP = {
    "minimax": lambda f, i, r: -bce(f, 0),
    "non-saturating": lambda f, i, r: bce(f, 1),
    "least-squares": lambda f, i, r: 0.5 * mse(f, 1),
    "hinge": lambda f, i, r: -f.mean(),
    "relativistic": lambda f, i, r: bce(f - r[i], 1),
    "relativistic-average": lambda f, i, r: bce(f - r.mean(), 1) + bce(r - f.mean(), 0),
}


def top_k():
    out = {}
    for objective, loss_of in TOP.items():
        for share in (1, 0.5, 0.3, 0.05):
            real, fake = spec([7, 1], 4, 3.0), spec([7, 1], 5, 3.0)
            f = leaf(fake)
            best = torch.topk(f.reshape(-1), max(1, math.floor(share * 7 + 0.5)))
            loss = loss_of(best.values, best.indices, operand(real).reshape(-1))
            (by_fake,) = torch.autograd.grad(loss, [f])
            out[f"{objective}, a share of {share:g}"] = {
                "kind": "top-k",
                "objective": objective,
                "share": share,
                "real": real,
                "fake": fake,
                "loss": rounded(loss.item()),
                "byFake": rounded(by_fake),
            }
    return out


BATCH, LATENT, WIDTH, POINT = 6, 3, 4, 2


def network(prefix, inputs, outputs, seed):
    """Names and operands of a perceptron with one hidden layer."""
    shapes = [("dense1/weight", [WIDTH, inputs]), ("dense1/bias", [WIDTH]), ("dense2/weight", [outputs, WIDTH])]
    shapes.append(("dense2/bias", [outputs]))
    return [{"name": prefix + name, "operand": spec(shape, seed + i, 0.8)} for i, (name, shape) in enumerate(shapes)]


def perceptron(x, p):
    return F.linear(torch.tanh(F.linear(x, p[0], p[1])), p[2], p[3])


def veegan():
    out = {}
    for objective, d_loss, g_loss in (
        ("non-saturating", lambda r, f: bce(r, 1) + bce(f, 0), lambda r, f: bce(f, 1)),
        ("relativistic", lambda r, f: bce(r - f, 1), lambda r, f: bce(f - r, 1)),
    ):
        for noise in (0, 0.25):
            weight = 0.7
            specs = {
                "generator": network("", LATENT, POINT, 100) + network("reconstructor/", POINT, LATENT, 110),
                "discriminator": network("", POINT + LATENT, 1, 120),
            }
            real, latent, spread = spec([BATCH, POINT], 130), spec([BATCH, LATENT], 131, 1.7), spec([BATCH, LATENT], 132)
            g = [leaf(s["operand"]) for s in specs["generator"]]
            d = [leaf(s["operand"]) for s in specs["discriminator"]]
            x, z = operand(real), operand(latent)
            fake = perceptron(z, g[:4])
            with torch.no_grad():
                found = perceptron(x, g[4:]) + noise * operand(spread)
            judge = lambda x, z: perceptron(torch.cat([x, z], 1), d)
            adversarial = g_loss(judge(x, found), judge(fake, z))
            reconstruction = weight * F.mse_loss(perceptron(fake, g[4:]), z, reduction="sum") / BATCH
            judged = d_loss(judge(x, found), judge(fake.detach(), z))
            by_g = torch.autograd.grad(adversarial + reconstruction, g)
            by_d = torch.autograd.grad(judged, d)
            out[f"VEEGAN, {objective}, noise {noise:g}"] = {
                "kind": "veegan",
                "objective": objective,
                "weight": weight,
                "noise": noise,
                "sizes": {"batch": BATCH, "latent": LATENT, "width": WIDTH, "point": POINT},
                "real": real,
                "latent": latent,
                "spread": spread,
                "parameters": specs,
                "metrics": {
                    "loss/discriminator": rounded(judged.item()),
                    "loss/generator": rounded(adversarial.item()),
                    "penalty/reconstruction": rounded(reconstruction.item()),
                },
                "gradients": {
                    "generator": [v for x in by_g for v in rounded(x)],
                    "discriminator": [v for x in by_d for v in rounded(x)],
                },
            }
    return out


if __name__ == "__main__":
    write("collapse", {**feature_matching(), **top_k(), **veegan()})
