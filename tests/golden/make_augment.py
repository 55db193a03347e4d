"""Writes augment.json: moves, warps, colours and cut-outs of images, computed by PyTorch's own functions in float64.

    /usr/bin/python3 tests/golden/make_augment.py

Flips and quarter turns are torch.flip and torch.rot90, moves F.pad and slices, scales and turns F.affine_grid with
F.grid_sample, colours torch.einsum with matrices of PyTorch's matrix exponential and of its orthogonal projections. Images are
either operands (see make_golden.py) or smooth, and zero at the edges: a slow wave in a window, which both sides compute.
"""

import math

import torch
from make_golden import operand, rounded, spec, write
from torch.nn import functional as F


def smooth(n, c, size):
    """cos(pi (x + y) / size + i) sin^2(pi (x + 1/2) / size) sin^2(pi (y + 1/2) / size) for sample i, x right and y down."""
    y, x = torch.meshgrid(torch.arange(size) + 0.0, torch.arange(size) + 0.0, indexing="ij")
    window = (torch.sin(math.pi * (x + 0.5) / size) * torch.sin(math.pi * (y + 0.5) / size)) ** 2
    images = [window * torch.cos(math.pi * (x + y) / size + i) for i in range(n)]
    return torch.stack(images).unsqueeze(1).expand(n, c, size, size)


def grid_sample(x, maps, padding):
    """`maps` [N, 6]: a, b, c, d, u, v in pixels from the middle, (x, y) -> (a x + b y + u, c x + d y + v)."""
    a, b, c, d, u, v = maps.unbind(1)
    size = x.shape[2]
    # With align_corners, -1 and 1 are the outermost pixels' middles: 2 / (size - 1) for each pixel.
    step = 2 / (size - 1)
    theta = torch.stack([torch.stack([a, b, u * step], 1), torch.stack([c, d, v * step], 1)], 1)
    grid = F.affine_grid(theta, x.shape, align_corners=True)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode=padding, align_corners=True)


def turn(degrees, scale=1.0):
    r = math.radians(degrees)
    return [math.cos(r) * scale, -math.sin(r) * scale, math.sin(r) * scale, math.cos(r) * scale]


def warps():
    exact = [
        [1, 0, 0, 1, 0, 0],
        [-1, 0, 0, 1, 2, -1],
        [1, 0, 0, 1, 0.3125, -1.75],
        [0.625, 0, 0, 1.3125, 0.25, 0.5],
        [0, -1, 1, 0, 0, 0],
        [0, 1.25, -0.75, 0, 1.5, -0.375],
    ]
    turns = [[*turn(angle), 0.4, -0.3] for angle in (10, 45, -80, 135, 200, 300)]
    stretched = [[0.9, 0.3, -0.2, 1.1, 0, 0], [*turn(30, 0.7), 1, 0]]
    out = {}
    for padding in ("zeros", "reflection"):
        x = operand(spec([6, 2, 7, 7], 5))
        out[f"exact, {padding}"] = {
            "image": spec([6, 2, 7, 7], 5),
            "beyond": padding,
            "maps": exact,
            "values": rounded(grid_sample(x, torch.tensor(exact), padding)),
        }
    for name, maps in (("turned", turns), ("stretched", stretched)):
        x = smooth(len(maps), 1, 16)
        out[f"{name}, smooth"] = {
            "smooth": [len(maps), 1, 16],
            "beyond": "zeros",
            "maps": maps,
            "values": [float(f"{value:.6g}") for value in grid_sample(x, torch.tensor(maps), "zeros").reshape(-1).tolist()],
        }
    return out


def moves():
    """Whole moves by [right, down]: zeros come in by F.pad, the reflected image by F.pad's reflection."""
    by = [[0, 0], [2, 0], [0, -1], [-2, 2]]
    x = operand(spec([4, 2, 6, 5], 7))
    out = {}
    for name, mode in (("zeros", "constant"), ("reflection", "reflect")):
        padded = F.pad(x, [2, 2, 2, 2], mode=mode)
        moved = [padded[i, :, 2 - down : 8 - down, 2 - right : 7 - right] for i, (right, down) in enumerate(by)]
        out[f"moved, {name}"] = {
            "image": spec([4, 2, 6, 5], 7),
            "beyond": name,
            "by": by,
            "values": rounded(torch.stack(moved)),
        }
    return out


def others():
    x = operand(spec([4, 3, 6, 5], 11))
    out = {"flipped": {"image": spec([4, 3, 6, 5], 11), "values": rounded(torch.flip(x, [3]))}}
    square = operand(spec([4, 1, 5, 5], 12))
    quarters = [torch.rot90(square[k], k, [1, 2]) for k in range(4)]
    out["quarter turns"] = {"image": spec([4, 1, 5, 5], 12), "values": rounded(torch.stack(quarters))}

    # DiffAugment's colours, as functions of the uniform numbers that are drawn.
    u = {name: operand(spec([4, 1, 1, 1], 20 + i, 0.5, 0.5)) for i, name in enumerate(("brightness", "saturation", "contrast"))}
    y = x + (u["brightness"] - 0.5)
    y = torch.lerp(y.mean(1, keepdim=True).expand_as(y), y, 2 * u["saturation"])
    y = torch.lerp(y.mean((1, 2, 3), keepdim=True).expand_as(y), y, u["contrast"] + 0.5)
    out["colours"] = {
        "image": spec([4, 3, 6, 5], 11),
        "draws": {name: rounded(value) for name, value in u.items()},
        "values": rounded(y),
    }

    # A cut-out of half the side: its middle is pixel m of each axis, or one beyond where the length is even.
    draws = {"cutout-y": [0.0, 0.4, 0.7, 0.99], "cutout-x": [0.1, 0.5, 0.35, 0.95]}
    cut = x.clone()
    for i in range(4):
        (h, w) = (3, 2)
        y0 = int(draws["cutout-y"][i] * (6 + 1 - h % 2)) - h // 2
        x0 = int(draws["cutout-x"][i] * (5 + 1 - w % 2)) - w // 2
        cut[i, :, max(y0, 0) : max(y0 + h, 0), max(x0, 0) : max(x0 + w, 0)] = 0
    out["cutout"] = {"image": spec([4, 3, 6, 5], 11), "draws": draws, "values": rounded(cut)}
    return out


def colours():
    """ADA's changes of colour as a product of 4 x 4 matrices, each made by PyTorch from its definition."""
    axis = torch.ones(3) / math.sqrt(3)
    project = torch.outer(axis, axis)
    cross = torch.tensor([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])

    def linear(m):
        return torch.block_diag(m, torch.ones(1, 1))

    draws, images = [], {1: spec([3, 1, 4, 4], 31), 3: spec([3, 3, 4, 4], 31)}
    out = {}
    for channels, image in images.items():
        x = operand(image)
        values, draws = [], []
        for i in range(3):
            brightness, contrast, saturation, luma = 0.5 - i, 0.3 * i - 0.4, 0.7 - 0.5 * i, [0.2, 0.9, 0.6][i]
            hue = [[1.0, 0.5], [-0.3, 2.0], [-1.0, -0.1]][i]
            shift = torch.eye(4)
            shift[:3, 3] = brightness * 0.2
            matrix = shift
            matrix = linear(torch.eye(3) * 2 ** (0.5 * contrast)) @ matrix
            if luma > 0.5:
                matrix = linear(torch.eye(3) - 2 * project) @ matrix
            matrix = linear(torch.matrix_exp(math.atan2(hue[1], hue[0]) * cross)) @ matrix
            matrix = linear(project + (torch.eye(3) - project) * 2**saturation) @ matrix
            ones = torch.ones(1, 4, 4)
            rgb = torch.einsum("ij,jhw->ihw", matrix, torch.cat([x[i].expand(3, 4, 4), ones]))[:3]
            values.append(rgb.mean(0, keepdim=True) if channels == 1 else rgb)
            draws.append(
                {"brightness": brightness, "contrast": contrast, "saturation": saturation, "luma": luma, "hue-x": hue[0], "hue-y": hue[1]}
            )
        out[f"ada colours, {channels}"] = {
            "image": image,
            "draws": {name: [draw[name] for draw in draws] for name in draws[0]},
            "values": rounded(torch.stack(values)),
        }
    return out


def pipelines():
    """ADA's chain of 3 x 3 matrices from source to result, inverted by PyTorch. Rows are a, b, c, d, u, v of each sample."""
    names = ["flip", "quarters", "whole-move-x", "whole-move-y", "scale", "turn-before-x", "turn-before-y", "stretch"]
    names += ["turn-after-x", "turn-after-y", "move-x", "move-y"]
    rows = torch.stack([operand(spec([4], 40 + i, 0.5, 0.5)) for i in range(len(names))])
    rows[4:] = 4 * rows[4:] - 2
    # Round numbers, which float32 holds.
    rows = torch.round(rows * 64) / 64
    size = 16

    def linear(m):
        return torch.block_diag(m, torch.ones(1, 1))

    def by(x, y):
        m = torch.eye(3)
        m[0, 2], m[1, 2] = x, y
        return m

    def turned(x, y):
        """The rotation that takes the direction (x, y) to (1, 0)."""
        angle = torch.atan2(y, x)
        return linear(torch.matrix_exp(angle * torch.tensor([[0.0, 1.0], [-1.0, 0.0]])))

    values = []
    for draw in rows.T:
        d = dict(zip(names, draw))
        flip = linear(torch.diag(torch.tensor([-1.0 if d["flip"] > 0.5 else 1.0, 1.0])))
        quarter = torch.matrix_power(linear(torch.tensor([[0.0, 1.0], [-1.0, 0.0]])), int(d["quarters"] * 4))
        whole = [torch.floor((2 * d[f"whole-move-{axis}"] - 1) * size / 8 + 0.5) for axis in "xy"]
        scale = linear(torch.eye(2) * 2 ** (0.2 * d["scale"]))
        stretch = linear(torch.diag(torch.stack([2 ** (0.2 * d["stretch"]), 2 ** (-0.2 * d["stretch"])])))
        first, second = (turned(d[f"turn-{name}-x"], d[f"turn-{name}-y"]) for name in ("before", "after"))
        move = by(-d["move-x"] * size / 8, -d["move-y"] * size / 8)
        chain = [flip, quarter, by(-whole[0], -whole[1]), scale, first, stretch, second, move]
        to_result = torch.eye(3)
        for step in chain:
            to_result = step @ to_result
        values.append(torch.linalg.inv(to_result)[:2, [0, 1, 2]][[0, 0, 1, 1, 0, 1], [0, 1, 0, 1, 2, 2]])
    draws = {name: row.tolist() for name, row in zip(names, rows)}
    return {"ada map": {"draws": draws, "values": rounded(torch.stack(values))}}


if __name__ == "__main__":
    write("augment", {**warps(), **moves(), **others(), **colours(), **pipelines()})
