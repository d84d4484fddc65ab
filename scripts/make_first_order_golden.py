#!/usr/bin/env python3
"""Reference values of core/first_order at 30 digits, by other means: the primal equations of Mohapatra et
al. (2020) solved with mpmath.

  scripts/make_first_order_golden.py --out tests/first_order/golden.json
"""
import argparse
import json

from mpmath import mp, mpf


def cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def ball_radius(p, m):
    """P moved along the gradient keeps half: votes on (w2, w1) with probability p and mean -m."""
    p, m = mpf(p), mpf(m)

    def ends(below):
        return (mp.sqrt(2) * mp.erfinv(2 * (p + below) - 1), mp.sqrt(2) * mp.erfinv(2 * below - 1))

    low, high = mpf(0), (1 - p) / 2
    for _ in range(150):
        below = (low + high) / 2
        w1, w2 = ends(below)
        low, high = (low, below) if density(w1) - density(w2) < m else (below, high)
    low, high = mpf(0), w1
    for _ in range(150):
        r = (low + high) / 2
        low, high = (r, high) if cdf(w1 - r) - cdf(w2 - r) > mpf(1) / 2 else (low, r)
    return low


def moments(l0, l1, l2, r):
    """E, E z1, E z2 of the worst votes 1[l0 + l1 z1 + l2 z2 >= e^(r z1 - r²/2)], and their P moved."""
    def z(x):
        return (l0 + l1 * x - mp.exp(r * x - r * r / 2)) / l2

    def mean(f):
        return mp.quad(f, [-9, -4, -2, -1, 0, 1, 2, 3, 4, 6, 9 + r])

    return (mean(lambda x: density(x) * cdf(z(x))), mean(lambda x: density(x) * x * cdf(z(x))),
            mean(lambda x: density(x) * density(z(x))), mean(lambda x: density(x - r) * cdf(z(x))))


def dual_radius(p, along, across, start):
    def residual(*unknowns):
        q, a, b, moved = moments(*unknowns)
        return q - mpf(p), a + mpf(along), b - mpf(across), moved - mpf(1) / 2
    return mp.findroot(residual, start, tol=1e-18)[3]


def l2_norm_bounds(dot, d, n1, n2, alpha):
    k = mpf(1) / 4 + 3 / mp.sqrt(8 * mp.pi * mp.e)
    logs = mp.log(2 / mpf(alpha))

    def exponent(tau):
        s = (-d + mp.sqrt(d * d + 4 * tau * tau)) / (2 * tau)
        return s * tau + mpf(d) / 2 * mp.log(1 - s * s)

    low, high = mpf("1e-30"), mpf(10) ** 7
    for _ in range(200):
        tau = (low + high) / 2
        low, high = (tau, high) if exponent(tau) < logs else (low, tau)
    t = k * tau / mp.sqrt(mpf(n1) * n2)
    b = mp.sqrt(2 * (k / n1 + k / n2) * logs)
    dot = mpf(dot)
    upper = b / 2 + mp.sqrt(b * b / 4 + max(mpf(0), dot + t))
    lower = -b / 2 + mp.sqrt(b * b / 4 + dot - t) if dot > t else mpf(0)
    return upper, lower


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    mp.dps = 30
    text = lambda x: mp.nstr(x, 20)
    balls = [[p, m, text(ball_radius(p, m))] for p, m in
             [("0.51", "0.01"), ("0.6", "0.2"), ("0.75", "0"), ("0.9", "0.1"), ("0.99", "0.015"),
              ("0.9999", "0.0001")]]
    duals = [[p, a, b, text(dual_radius(p, a, b, start))] for p, a, b, start in
             [("0.8", "0.05", "0.2", (2.5, 0.8, 1.8, 1.3)), ("0.9", "0.02", "0.12", (2.6, 1, 1.2, 1.7)),
              ("0.7", "0.1", "0.2", (1.6, 0.6, 0.9, 0.9)), ("0.95", "0.01", "0.05", (3, 1.2, 1, 2))]]
    norms = [[dot, d, n1, n2, alpha, *map(text, l2_norm_bounds(dot, d, n1, n2, alpha))]
             for dot, d, n1, n2, alpha in
             [("0.01", 3072, 100000, 100000, "0.00025"), ("0.04", 3, 500, 700, "0.01"),
              ("-0.001", 64, 1000, 1000, "0.001"), ("0.02", 150528, 625000, 625000, "0.00025")]]
    table = {"made_by": "scripts/make_first_order_golden.py", "ball_radius": balls,
             "dual_radius": duals, "l2_norm_bounds": norms}
    with open(out, "w") as file:
        json.dump(table, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
