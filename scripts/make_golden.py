#!/usr/bin/env python3
"""Reference values of the statistics, at 40 digits or more, by other means than core/stats uses.

    scripts/make_golden.py --out tests/golden/bounds.json     # the table the tests read
    scripts/make_golden.py --cases 5000 --seed 7 --out FILE   # a longer sweep: CERTIFY_GOLDEN=FILE

Needs mpmath (Debian: python3-mpmath). Binomial tails are summed term by term and roots are found by
Newton's method at 60 digits: no incomplete beta function, no continued fraction. Decimal numbers in
the table are strings; an `alpha` stands for the double nearest to it.
"""
import argparse
import json
import random

from mpmath import mp, mpf

mp.dps = 60


def text(x, digits=30):
    return mp.nstr(mpf(x), digits, min_fixed=-5, max_fixed=5)


# --- binomial -----------------------------------------------------------------------------------

def log_pmf(k, n, p):
    return (mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
            + (k * mp.log(p) if k else 0) + ((n - k) * mp.log1p(-p) if n > k else 0))


def upper_tail_over_pmf(k, n, p):
    """Sum of P[X = i] over i >= k, divided by P[X = k]."""
    odds, term, total = p / (1 - p), mpf(1), mpf(1)
    for i in range(k, n):
        term *= odds * (n - i) / (i + 1)
        total += term
        if term < mpf(10) ** -50 * total and i > n * p:
            break
    return total


def cp_lower(k, n, alpha):
    """p with P[Bin(n, p) >= k] = alpha, and 1 - p."""
    if k == 0:
        return mpf(0), mpf(1)
    target = mp.log(mpf(alpha))
    if k == n:
        return mp.exp(target / n), -mp.expm1(target / n)
    u = mp.log(mpf(k) / n) - 2 / mp.sqrt(k)
    for _ in range(200):
        p = mp.exp(u)
        ratio = upper_tail_over_pmf(k, n, p)
        excess = log_pmf(k, n, p) + mp.log(ratio) - target
        step = -excess * ratio / k
        u = min(u + max(min(step, mpf(2)), mpf(-2)), -mpf(10) ** -12)
        if abs(step) < mpf(10) ** -42:
            return mp.exp(u), -mp.expm1(u)
    raise RuntimeError(f"no root: {k} {n} {alpha}")


ALPHAS = [0.5, 0.1, 0.05, 0.01, 1e-3, 5e-4, 1e-4, 1e-6, 1e-9, 1e-12]


def clopper_pearson(cases, rng):
    rows = []
    for _ in range(cases):
        n = max(1, round(10 ** rng.uniform(0, 7)))
        few = min(n, round(10 ** rng.uniform(0, 7)) - 1)  # near 0 and near n is where it is hard
        k = rng.choice([0, n, few, n - few, rng.randint(0, n)])
        alpha = rng.choice(ALPHAS + [float(f"{10 ** rng.uniform(-12, -0.31):.3g}")])
        p, q = cp_lower(k, n, alpha)
        rows.append([k, n, alpha, text(p), text(q)])
    return rows


def binomial_tails(cases, rng):
    """[k, n, p, ln P[Bin(n, p) >= k]] at doubles p <= 1/2, up to 7.5 standard deviations out."""
    rows = []
    for _ in range(cases):
        n = max(1, round(10 ** rng.uniform(0, 7)))
        p = 10 ** rng.uniform(-6, -0.302)
        sd = (n * p * (1 - p)) ** 0.5
        k = min(n, max(1, round(n * p + rng.uniform(-1, 7.5) * sd)))
        exact = log_pmf(k, n, mpf(p)) + mp.log(upper_tail_over_pmf(k, n, mpf(p)))
        rows.append([k, n, p.hex(), text(exact)])
    return rows


def hung_fithian(rng):
    rows = []
    for n in [1, 2, 7, 10, 11, 100, 999, 100000]:
        for k in {n, n // 2, (n + 1) // 2, min(n, n // 2 + round(1.7 * n ** 0.5))}:
            most = max(k, n - k)
            tail = sum(mp.binomial(n, i) for i in range(most, n + 1)) / mpf(2) ** n if n < 2000 \
                else mp.exp(log_pmf(most, n, mpf(1) / 2)) * upper_tail_over_pmf(most, n, mpf(1) / 2)
            rows.append([k, n, text(min(mpf(1), 2 * tail))])
    return rows


def normal_quantiles(rng):
    """[tail, z] with P[Z > z] = tail <= 1/2."""
    tails = [0.5, 0.4999, 0.3, 0.1, 0.025, 1e-3, 1e-6, 1e-12, 1e-100, 1e-300]
    tails += [0.5 * 10 ** -rng.uniform(0, 15) for _ in range(60)]
    tails += [0.5 - 10 ** -rng.uniform(1, 12) for _ in range(30)]
    return [[t.hex(), text(mp.sqrt(2) * mp.erfinv(1 - 2 * mpf(t)) if t > 1e-40 else
                           mp.findroot(lambda z: mp.log(mp.erfc(z / mp.sqrt(2)) / 2) - mp.log(t),
                                       mp.sqrt(-2 * mp.log(t))))] for t in tails]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--cases", type=int, default=400, help="random cases a function")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    mp.dps = 60
    table = {
        "made_by": "scripts/make_golden.py, mpmath " + __import__("mpmath").__version__,
        "clopper_pearson_lower": clopper_pearson(options.cases, rng),
        "binomial_upper_tail": binomial_tails(options.cases, rng),
        "hung_fithian": hung_fithian(rng),
        "normal_quantile": normal_quantiles(rng),
    }
    with open(options.out, "w") as out:
        out.write("{\n")
        for i, (name, rows) in enumerate(table.items()):
            out.write(",\n" if i else "")
            if isinstance(rows, list):
                lines = ",\n".join("  " + json.dumps(row) for row in rows)
                out.write(f' {json.dumps(name)}: [\n{lines}\n ]')
            else:
                out.write(f" {json.dumps(name)}: {json.dumps(rows)}")
        out.write("\n}\n")


if __name__ == "__main__":
    main()
