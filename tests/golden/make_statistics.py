"""Writes statistics-*.npz: reference statistics as numpy writes them (pytorch-fid's and TTUR's form, without more)."""

import os

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(0)
features = rng.normal(size=(50, 4)) @ np.diag([1.0, 2.0, 0.5, 3.0]) + 1
mu, sigma = features.mean(axis=0), np.cov(features, rowvar=False)
np.savez(os.path.join(here, "statistics-double.npz"), mu=mu, sigma=np.asfortranarray(sigma))
np.savez_compressed(
    os.path.join(here, "statistics-single.npz"), mu=mu.astype("float32"), sigma=sigma.astype("float32")
)
print(mu.tolist(), sigma[0].tolist())
