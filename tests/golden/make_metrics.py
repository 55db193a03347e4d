"""Writes the golden numbers of the metrics: numpy and scipy in float64, written from the papers' definitions.

    /usr/bin/python3 tests/golden/make_metrics.py

Needs numpy and scipy (Debian: python3-numpy, python3-scipy). The tests read metrics.json, so running them needs no Python.
"""

import numpy as np
from scipy import linalg, ndimage, signal, spatial, stats

from make_golden import operand, rounded, spec, write


def array(s):
    return operand(s).numpy()


def covariance_root(a, b):
    """The trace of the root of a product of covariances, by scipy's Schur method."""
    return np.trace(linalg.sqrtm(a @ b).real)


def frechet(x, y):
    c, d = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    return np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(c) + np.trace(d) - 2 * covariance_root(c, d)


def kernel(x, y):
    """Unbiased MMD^2 of one block."""
    k = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3
    n = len(x)
    off = lambda m: (m.sum() - np.trace(m)) / (n * (n - 1))
    return off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()


def four(x, y, k):
    """Precision, recall, density, coverage of fakes y against reals x."""
    inner = lambda a: np.sort(spatial.distance.cdist(a, a), axis=1)[:, k]
    rx, ry = inner(x), inner(y)
    d = spatial.distance.cdist(x, y)
    inside = d < rx[:, None]
    return [
        inside.any(0).mean(),
        (d < ry[None, :]).any(1).mean(),
        inside.sum(0).mean() / k,
        (d.min(1) < rx).mean(),
    ]


def authentic(train, fakes):
    tree = spatial.cKDTree(train)
    own = tree.query(train, 2)[0][:, 1]
    d, i = tree.query(fakes, 1)
    return np.mean(d >= own[i])


def ratio(train, held, fakes):
    tree = spatial.cKDTree(train)
    return np.median(tree.query(fakes)[0]) / np.median(tree.query(held)[0])


def copying_z(train, held, fakes):
    """C_T with one cell: the z-score of the Mann-Whitney test without continuity correction."""
    tree = spatial.cKDTree(train)
    q, p = tree.query(fakes)[0], tree.query(held)[0]
    u = stats.mannwhitneyu(q, p, use_continuity=False, method="asymptotic").statistic
    n, m = len(q), len(p)
    return (u - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12)


def ms_ssim(a, b, scales):
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])[:scales]
    weights = weights / weights.sum()
    g = signal.windows.gaussian(11, 1.5)
    window = np.outer(g, g) / np.outer(g, g).sum()
    f = lambda x: signal.convolve2d(x, window, mode="valid")
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    out = 1.0
    for i in range(scales):
        ma, mb = f(a), f(b)
        va, vb, vab = f(a * a) - ma**2, f(b * b) - mb**2, f(a * b) - ma * mb
        cs = (2 * vab + c2) / (va + vb + c2)
        l = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
        out *= max(0, (l * cs).mean() if i == scales - 1 else cs.mean()) ** weights[i]
        half = lambda x: ndimage.uniform_filter(x, 2, origin=-1)[: x.shape[0] // 2 * 2 : 2, : x.shape[1] // 2 * 2 : 2]
        a, b = half(a), half(b)
    return out


# ---- the library's random numbers, so that subsets and directions are the same on both sides ----------------------------


def threefry(k0, k1, c0, c1):
    """Threefry-2x32 with 20 rounds (Salmon et al., 2011), over an array of counters c0."""
    mask, rotate = 0xFFFFFFFF, lambda x, r: ((x << np.uint64(r)) | (x >> np.uint64(32 - r))) & np.uint64(0xFFFFFFFF)
    keys = [k0, k1, 0x1BD11BDA ^ k0 ^ k1]
    add = lambda x, y: (x + np.uint64(y & mask)) & np.uint64(mask)
    x0 = add(np.asarray(c0, dtype=np.uint64), k0)
    x1 = add(np.full_like(x0, c1), k1)
    for block in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[block % 2]:
            x0 = (x0 + x1) & np.uint64(mask)
            x1 = rotate(x1, r) ^ x0
        x0 = add(x0, keys[(block + 1) % 3])
        x1 = add(x1, keys[(block + 2) % 3] + block + 1)
    return x0, x1


def stream_key(seed, name):
    h0, h1 = 0x811C9DC5, 0x01000193
    for i, code in enumerate(name.encode()):
        h0 = ((h0 ^ code) * 0x01000193) & 0xFFFFFFFF
        h1 = ((h1 ^ (code + i)) * 0x85EBCA6B) & 0xFFFFFFFF
    x0, x1 = threefry(seed, 0, [h0], h1)
    return int(x0[0]), int(x1[0])


def words(seed, name, step, count):
    x0, x1 = threefry(*stream_key(seed, name), np.arange((count + 1) // 2), step)
    return np.stack([x0, x1], 1).ravel()[:count].astype(np.float64)


def permutation(seed, name, step, n):
    order, bits = np.arange(n), words(seed, name, step, n)
    for i in range(n - 1, 0, -1):
        j = int(bits[i] / 2**32 * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def normals(seed, name, step, count):
    w = words(seed, name, step, count)
    radius, angle = np.sqrt(-2 * np.log((w[0::2] + 1) / 2**32)), 2 * np.pi * w[1::2] / 2**32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()


def frechet_infinity(x, y, points):
    """Intercept and slope in 1/N of the distance of subsets of y."""
    start, n = max(2 * y.shape[1], len(y) // 10), len(y)
    counts = [int(np.floor(start + (n - start) * i / (points - 1) + 0.5)) for i in range(points)]
    subset = lambda i: y[permutation(0, "metrics/frechet-at-infinity", i, n)[: counts[i]]]
    slope, value = np.polyfit(1 / np.array(counts), [frechet(subset(i), x) for i in range(points)], 1)
    return [value, slope]


def sliced(x, y, directions):
    total = 0
    for k in range(directions):
        direction = normals(0, "metrics/directions", k, x.shape[1])
        direction /= np.linalg.norm(direction)
        total += stats.wasserstein_distance(x @ direction, y @ direction)
    return total / directions


# ---- cells, classes and modes --------------------------------------------------------------------------------------------

CENTRES = np.array([[0, 0], [40, 0], [0, 40], [40, 40], [80, 0]], dtype=np.float64)


def clustered(counts, seed, scale):
    """Operands around centres so far apart that any k-means finds them."""
    return [spec((n, 1), seed + 10 * k + j, scale, float(CENTRES[k][j])) for k, n in enumerate(counts) for j in range(2)]


def joined(specs):
    """[N, 2] out of pairs of columns, and the cluster of each row."""
    pairs = [np.hstack([array(a), array(b)]) for a, b in zip(specs[0::2], specs[1::2])]
    return np.vstack(pairs), np.repeat(np.arange(len(pairs)), [len(p) for p in pairs])


def copying_ct(train, held, fakes, threshold):
    """C_T: the z-scores of the cells weighted by their shares of the held-out reals, without cells of few fakes."""
    (t, _), (h, in_h), (f, in_f) = train, held, fakes
    scores = []
    for cell in range(len(CENTRES)):
        if np.sum(in_f == cell) / len(f) < threshold:
            continue
        share = np.mean(in_h == cell)
        scores.append((share, copying_z(t, h[in_h == cell], f[in_f == cell])))
    weights = np.array([s for s, _ in scores])
    return np.dot(weights, [z for _, z in scores]) / weights.sum()


def different_bins(real, fake):
    """Share of cells for which the chi-squared test of two proportions is significant, and the divergence."""
    n, m = (np.bincount(labels, minlength=len(CENTRES)) for labels in (real, fake))
    p = [stats.chi2_contingency([[a, len(real) - a], [b, len(fake) - b]], correction=False)[1] for a, b in zip(n, m)]
    return [np.mean(np.array(p) < 0.05), spatial.distance.jensenshannon(n / n.sum(), m / m.sum()) ** 2]


def mode_figures(x, centres, std):
    """Modes captured, share of high quality, KL to uniform and KL with a rest bin."""
    d = spatial.distance.cdist(x, centres)
    near, good = d.argmin(1), d.min(1) < 3 * std
    counts = np.bincount(near[good], minlength=len(centres))
    ceiling = stats.chi2.cdf(9, x.shape[1])
    bins, truth = np.append(counts, np.sum(~good)) / len(x), np.append(np.full(len(centres), ceiling / len(centres)), 1 - ceiling)
    return [
        int(np.sum(counts > 0)),
        good.mean(),
        stats.entropy(counts / counts.sum(), np.full(len(centres), 1 / len(centres))),
        stats.entropy(bins, truth),
    ]


def scores(p, q):
    """Classifier score, and MODE score against the class shares of q."""
    mine, truth = p.mean(0), q.mean(0)
    kl = lambda a, b: stats.entropy(a, b)
    return [
        np.exp(np.mean([kl(row, mine) for row in p])),
        np.exp(np.mean([kl(row, mine) for row in p]) - kl(mine, truth)),
    ]


def probabilities(s):
    x = np.exp(array(s))
    return x / x.sum(1, keepdims=True)


def more(out):
    a, b = (array(out["far"][k]) for k in ("real", "fake"))
    c = array(out["far"]["heldOut"])
    out["subsets"] = {
        "frechetInfinity": rounded([float(v) for v in frechet_infinity(a, b, 6)]),
        "sliced": rounded([float(sliced(a, b, 32)), float(sliced(a, c, 32))]),
    }
    train, held, fake = clustered([70, 60, 50, 40, 30], 100, 3), clustered([40, 30, 30, 20, 20], 200, 3), clustered([45, 90, 30, 50, 12], 300, 2)
    t, h, f = joined(train), joined(held), joined(fake)
    out["cells"] = {
        "train": train, "heldOut": held, "fake": fake, "cells": len(CENTRES),
        "ct": rounded(float(copying_ct(t, h, f, 20 / len(f[0])))),
        "differentBins": rounded([float(v) for v in different_bins(t[1], f[1])]),
        "centres": CENTRES.tolist(), "std": 1.2,
        "modes": rounded([float(v) for v in mode_figures(f[0], CENTRES, 1.2)]),
    }
    p, q = spec((120, 7), 400, 4), spec((150, 7), 401, 2)
    out["scores"] = {"p": p, "q": q, "values": rounded([float(v) for v in scores(probabilities(p), probabilities(q))])}
    x, y = np.array([1, 2, 2, 3, 5, 8, 8]), np.array([2, 3, 3, 4, 8, 9, 9, 10])
    u = stats.mannwhitneyu(x, y, use_continuity=False, method="asymptotic").statistic
    n, m = len(x), len(y)
    out["ranks"] = {"x": x.tolist(), "y": y.tolist(), "z": rounded(float((u - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12)))}


def main():
    out = {}
    for name, n, m, d, shift, scale in (
        ("close", 300, 300, 12, 0.05, 1.0),
        ("far", 250, 250, 8, 0.7, 0.4),
        ("wide", 200, 200, 40, 0.0, 1.3),
    ):
        x, y = spec((n, d), 1), spec((m, d), 2, scale, shift)
        held = spec((n, d), 3)
        a, b, h = array(x), array(y), array(held)
        out[name] = {
            "real": x, "fake": y, "heldOut": held,
            "frechet": rounded(float(frechet(a, b))),
            "kernel": rounded(float(kernel(a, b))),
            "precisionRecall": rounded([float(v) for v in four(a, b, 5)]),
            "authenticity": rounded(float(authentic(a, b))),
            "copyingRatio": rounded(float(ratio(a, h, b))),
            "copyingZ": rounded(float(copying_z(a, h, b))),
        }
    line, other = spec((500, 1), 5), spec((500, 1), 6, 0.8, 0.3)
    out["line"] = {"a": line, "b": other, "wasserstein": rounded(float(stats.wasserstein_distance(array(line)[:, 0], array(other)[:, 0])))}
    for size, scales in ((64, 3), (176, 5), (28, 2)):
        a, b = spec((size, size), 7, 100, 128), spec((size, size), 8, 40)
        x = np.floor(array(a))
        y = np.clip(np.floor(0.8 * x + array(b) + 20), 0, 255)
        out[f"ssim {size}"] = {"a": a, "noise": b, "scales": scales, "value": rounded(float(ms_ssim(x, y, scales)))}
    p, q = np.array([0.5, 0.2, 0.2, 0.1]), np.array([0.1, 0.4, 0.25, 0.25])
    out["histogram"] = {
        "p": p.tolist(), "q": q.tolist(),
        "kl": rounded(float(stats.entropy(p, q))),
        "js": rounded(float(spatial.distance.jensenshannon(p, q) ** 2)),
        "chi9": rounded([float(stats.chi2.cdf(9, k)) for k in range(1, 8)]),
    }
    more(out)
    write("metrics", out)


main()
