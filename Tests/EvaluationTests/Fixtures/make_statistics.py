"""Moments of random vectors and scipy's Fréchet distances between them: statistics.json.

    python3 make_statistics.py
"""
import json

import numpy as np
import scipy.linalg

rng = np.random.default_rng(7)


def distance(a, b):
    covariances = [np.cov(x, rowvar=False) for x in (a, b)]
    with np.errstate(all="ignore"):
        root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    by_scipy = np.trace(root).real
    # tr (AB)^1/2 of two sample covariances is the nuclear norm of the product of the centred samples.
    x, y = (c - c.mean(0) for c in (a, b))
    exact = scipy.linalg.svdvals(x @ y.T).sum() / np.sqrt((len(a) - 1) * (len(b) - 1))
    rest = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(covariances[0]) + np.trace(covariances[1])
    return rest - 2 * by_scipy, rest - 2 * exact


cases = []
for width, m, n in [(2, 30, 20), (6, 40, 40), (16, 60, 50), (24, 25, 60), (12, 5, 9), (20, 8, 40)]:
    mix = rng.normal(size=(width, width))
    a = (rng.normal(size=(m, width)) @ mix).astype(np.float32)
    b = (rng.normal(size=(n, width)) @ mix * 1.3 + rng.normal(size=width)).astype(np.float32)
    by_scipy, exact = distance(a.astype(float), b.astype(float))
    singular = min(m, n) <= width
    print(width, m, n, by_scipy, exact, "singular" if singular else "")
    symmetric = np.cov(a.astype(float), rowvar=False)
    cases.append({
        "width": width, "a": a.ravel().tolist(), "b": b.ravel().tolist(), "exact": exact,
        # The square root of a singular matrix that is not symmetric is beyond scipy's method.
        "scipy": None if singular else by_scipy,
        "eigenvalues": sorted(np.linalg.eigvalsh(symmetric).tolist()),
    })
logits = rng.normal(size=(40, 7)).astype(np.float32) * 2
p = np.exp(logits.astype(float)); p /= p.sum(1, keepdims=True)
score = float(np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean()))
json.dump({"cases": cases, "logits": logits.ravel().tolist(), "score": score}, open("statistics.json", "w"))
