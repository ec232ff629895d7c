#!/usr/bin/env python3
"""Fits the coefficients of src/encoder/kernels/vector_math.hpp and prints them with their errors in float32.

erf(x) = x * P(x^2) / Q(x^2) on [0, 4], beyond which erf is 1 in float32; 2^f = E(f) on [-1/2, 1/2].
The fits minimise the largest relative error by iteratively reweighted least squares on Chebyshev nodes.
Needs NumPy and SciPy.
"""

import numpy as np
from scipy.special import erf


def chebyshev_nodes(low, high, count):
    angles = (np.arange(count) + 0.5) * np.pi / count
    return low + (high - low) * (1 - np.cos(angles)) / 2


def fit_rational(x, y, p_degree, q_degree, rounds=200):
    """P, Q (ascending, Q[0] = 1) with y ~ P(x)/Q(x), minimising max |P/Q/y - 1|."""
    weight = np.ones_like(x)
    q = np.ones_like(x)
    best = None
    for _ in range(rounds):
        rows = np.hstack([np.vander(x, p_degree + 1, increasing=True),
                          -y[:, None] * np.vander(x, q_degree + 1, increasing=True)[:, 1:]])
        scale = (np.sqrt(weight) / (np.abs(y) * q))[:, None]
        column_norms = np.linalg.norm(rows * scale, axis=0)
        solution = np.linalg.lstsq(rows * scale / column_norms, (y * scale[:, 0]), rcond=None)[0] / column_norms
        p_coefficients = solution[:p_degree + 1]
        q_coefficients = np.concatenate([[1.0], solution[p_degree + 1:]])
        q = np.polynomial.polynomial.polyval(x, q_coefficients)
        error = np.abs(np.polynomial.polynomial.polyval(x, p_coefficients) / q / y - 1)
        if best is None or error.max() < best[0]:
            best = (error.max(), p_coefficients, q_coefficients)
        weight = weight * (error / error.max() + 0.02)
        weight /= weight.max()
    return best


def horner(x, coefficients):
    value = np.full_like(x, np.float32(coefficients[-1]))
    for c in coefficients[-2::-1]:
        value = (value.astype(np.float64) * x + np.float64(np.float32(c))).astype(np.float32)  # as a fused multiply-add
    return value


def show(name, coefficients):
    print(f"{name} = {{{', '.join(f'{np.float32(c):.9g}F' for c in coefficients)}}}")


def main():
    t = chebyshev_nodes(1e-8, 16.0, 4001)
    error, p, q = fit_rational(t, erf(np.sqrt(t)) / np.sqrt(t), 5, 5)
    print(f"erf: relative error of the fit {error:.2e}")
    show("P", p)
    show("Q", q)
    x = np.linspace(1e-6, 4, 2_000_001).astype(np.float32)
    approximation = x * (horner(x * x, p) / horner(x * x, q))
    exact = erf(x.astype(np.float64))
    print(f"erf in float32: max |error| {np.abs(approximation - exact).max():.2e}, "
          f"max relative {np.abs(approximation / exact - 1).max():.2e}")

    f = chebyshev_nodes(-0.5, 0.5, 2001)
    error, p, _ = fit_rational(f, np.exp2(f), 6, 0)
    print(f"exp2: relative error of the fit {error:.2e}")
    show("E", p)
    x = np.linspace(-0.5, 0.5, 1_000_001).astype(np.float32)
    print(f"exp2 in float32: max relative error {np.abs(horner(x, p) / np.exp2(x.astype(np.float64)) - 1).max():.2e}")


if __name__ == "__main__":
    main()
