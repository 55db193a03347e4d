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
    write("metrics", out)


main()
