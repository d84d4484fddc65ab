#!/usr/bin/env python3
"""Reference values for the checker's own tails and for the last sound double of a radius.

    tests/verify/make_golden.py > tests/verify/golden.tsv

Needs mpmath (Debian: python3-mpmath); a minute. Masses by log-gamma at 50 digits, tails summed term by term; quantiles
by Newton's method. Doubles are printed so that they read back exactly.

    tail    k  n  p  P[Bin(n, p) >= k]
    radius  q  sigma  largest double r with 1 - Phi(r / sigma) >= q
    evidence  k  t  q  ln of the average likelihood ratio against 1 - q (closed form with the incomplete beta function)
"""
import math
import random

from mpmath import mp, mpf

mp.dps = 50


def upper_tail(k, n, p):
    p = mpf(p)
    log_mass = (mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
                + k * mp.log(p) + (n - k) * mp.log1p(-p))
    odds, term, total = p / (1 - p), mpf(1), mpf(1)
    for i in range(k, n):
        term *= odds * (n - i) / (i + 1)
        total += term
        if term < mpf(10) ** -45 * total and i > n * p:
            break
    return mp.exp(log_mass) * total


def largest_radius(q, sigma):
    """Phi's upper point of q at 50 digits times sigma, rounded down to a double."""
    q, z = mpf(q), mpf(1)
    for _ in range(200):
        tail, density = mp.erfc(z / mp.sqrt(2)) / 2, mp.npdf(z)
        step = (tail - q) / density
        z += min(max(step, mpf(-1)), mpf(1))
        if abs(step) < mpf(10) ** -45:
            break
    exact = z * mpf(sigma)
    radius = float(exact)
    if abs(radius - exact) < mpf(10) ** -17 * exact:
        return None  # nearer to a double than a long double can tell
    return math.nextafter(radius, -math.inf) if mpf(radius) > exact else radius


def log_evidence(k, t, q):
    """Incomplete beta functions as sums: of Beta(k + 1/2, t - k + 1/2) above p by its integral."""
    mp.dps = 30
    a, b, q = mpf(k) + mpf(1) / 2, mpf(t - k) + mpf(1) / 2, mpf(q)
    p, mode = 1 - q, mpf(k) / t
    spread = mp.sqrt(mp.mpf(k + 1) * (t - k + 1) / mpf(t) ** 3)
    at = lambda theta: k * mp.log(theta / p) + ((t - k) * mp.log((1 - theta) / q) if t > k else 0)
    cuts = sorted({min(1, max(p, mode + i * spread)) for i in range(-20, 41, 2)} | {p, mpf(1)})
    whole = mp.quad(lambda x: mp.exp(at(x)) / mp.sqrt(x * (1 - x)) if 0 < x < 1 else mpf(0), cuts)
    mp.dps = 50
    return mp.log(whole / (2 * mp.asin(mp.sqrt(q))))


def main():
    rng = random.Random(3)
    print("kind\ta\tb\tc\tvalue")
    for n in [1, 2, 7, 50, 1000, 100000, 10**7]:
        for _ in range(9):
            k = rng.randint(1, n) if rng.random() < 0.5 else n - rng.randint(0, min(n - 1, 30))
            spread = math.sqrt(k * (n - k + 1) / n) / n
            p = min(max(k / n - rng.uniform(-1, 7) * spread, k / n / 8), 1 - 1e-9)
            print("tail", k, n, repr(p), mp.nstr(upper_tail(k, n, p), 25), sep="\t")
    for q in [0.4999999999, 0.4999, 0.49, 0.4, 0.3, 0.1, 0.01, 0.0015875034562, 1e-5, 6.9e-7, 1e-12, 1e-30]:
        for sigma in [0.12, 0.25, 0.5, 1.0]:
            radius = largest_radius(q, sigma)
            if radius is not None:
                print("radius", repr(q), repr(sigma), "-", repr(radius), sep="\t")
    for k, t, q in [(1, 1, 0.75), (10, 10, 0.5), (11, 13, 0.6), (128, 128, 0.2), (120, 128, 0.2), (990, 1000, 0.03),
                    (60500, 100000, 0.42), (99900, 100000, 0.002), (100000, 100000, 1.5e-4), (3, 100000, 0.9999999)]:
        print("evidence", k, t, repr(q), mp.nstr(log_evidence(k, t, q), 22), sep="\t")


main()
