#!/usr/bin/env python3
"""Reference values of the statistics, at 40 digits or more, by other means than core/stats uses.

    scripts/make_golden.py --out tests/golden/bounds.json     # the table the tests read
    scripts/make_golden.py --cases 5000 --seed 7 --out FILE   # a longer sweep: CERTIFY_GOLDEN=FILE

Needs mpmath (Debian: python3-mpmath); a few minutes. Binomial tails are summed term by term and roots are found by
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


# --- e-process of a proportion --------------------------------------------------------------------

def log_e_value(k, t, q0):
    """ln E against p <= 1 - q0: the likelihood ratio averaged over the angle whose squared sine is
    1 - theta, uniform between 0 and that of q0 (Jeffreys' prior, cut)."""
    angle = mp.asin(mp.sqrt(q0))

    def log_ratio(psi):
        s = mp.sin(psi) ** 2
        return (k * mp.log((1 - s) / (1 - q0)) if k else 0) + \
            ((t - k) * mp.log(s / q0) if t > k and s > 0 else 0 if t == k else -mp.inf)
    peak = min(angle, mp.asin(mp.sqrt(mpf(t - k) / t)))
    top, width = log_ratio(peak), 1 / mp.sqrt(2 * t)  # the second derivative is at most -2t
    cuts = sorted({min(angle, max(mpf(0), peak + i * width)) for i in range(-14, 15)})
    return top + mp.log(mp.quad(lambda psi: mp.exp(log_ratio(psi) - top), cuts) / angle)


def e_process(cases, rng):
    """[k, t, 1 - p0, ln E] at doubles, from where E is 1 on; [k, t, alpha, p, 1 - p]: E = 1/alpha."""
    mp.dps = 30
    values, bounds = [], []
    for _ in range(cases):
        t = max(1, round(10 ** rng.uniform(0, 7)))
        few = min(t, round(10 ** rng.uniform(0, 7)) - 1)
        k = rng.choice([t, t, few, t - few, rng.randint(0, t)])
        spread = (k + mpf(1)) * (t - k + 1) / mpf(t + 2) ** 3
        p0 = (k + mpf(1)) / (t + 2) - rng.uniform(0, 8) * mp.sqrt(spread)
        q0 = float(min(max(1 - p0, mpf(10) ** -9), 1 - mpf(10) ** -6))
        exact = log_e_value(k, t, mpf(q0))
        if exact >= 0:
            values.append([k, t, q0.hex(), text(exact, 22)])
        if k > 0:
            alpha = rng.choice(ALPHAS)
            p, q = e_process_lower(k, t, mpf(alpha))
            bounds.append([k, t, alpha, text(p, 22), text(q, 22)])
    mp.dps = 60
    return {"log_e_value": values, "sequential_lower": bounds}


def e_process_lower(k, t, alpha):
    """By bisection in the logit, then secants."""
    def excess(x):
        return log_e_value(k, t, 1 / (1 + mp.exp(x))) + mp.log(alpha)
    high = mp.log((k + mpf(1) / 4) / (t - k + mpf(1) / 4))
    while excess(high) >= 0:
        high += 1
    low = high - 1
    while excess(low) < 0:
        low -= 1
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) >= 0 else (low, middle)
    x = mp.findroot(excess, (low, high), tol=mpf(10) ** -50, maxsteps=30, verify=False)
    return 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))


# --- means of [0, 1] variables ---------------------------------------------------------------------

def sequences(rng):
    """Decimal samples of several shapes, as the doubles they are read as."""
    def draw(name, n, value):
        return name, [float(f"{min(1, max(0, value())):.6g}") for _ in range(n)]
    return dict([
        draw("ones", 25, lambda: 1), draw("zeros", 10, lambda: 0), draw("single", 1, lambda: 0.7),
        draw("uniform", 60, rng.random), draw("confident", 80, lambda: 1 - rng.random() ** 4),
        draw("two_point", 70, lambda: 0.05 if rng.random() < 0.1 else 0.95),
        draw("bernoulli", 50, lambda: rng.random() < 0.9),
    ])


def maurer_pontil_lower(x, alpha):
    n = len(x)
    mean = mp.fsum(x) / n
    variance = mp.fsum((v - mean) ** 2 for v in x) / (n - 1)
    log_term = mp.log(2 / mpf(alpha))
    return mean - mp.sqrt(2 * variance * log_term / n) - 7 * log_term / (3 * (n - 1))


def plug_in_bets(x, alpha, fixed):
    bets, means, total, squares = [], [], mpf(1) / 2, mpf(1) / 4
    mean, variance = mpf(1) / 2, mpf(1) / 4
    for t, v in enumerate(x, 1):
        spread = len(x) if fixed else t * mp.log(1 + t)
        bets.append(mp.sqrt(-2 * mp.log(mpf(alpha)) / (variance * spread)))
        means.append(mean)
        total += v
        mean = total / (t + 1)
        squares += (v - mean) ** 2
        variance = squares / (t + 1)
    return bets, means


def confidence_sequence_lower(x, alpha, c, fixed, running_max):
    bets, means = plug_in_bets(x, alpha, fixed)
    gain, cost, total, best = mpf(0), -mp.log(mpf(alpha)), mpf(0), mpf(0)
    for v, bet, mean in zip(x, bets, means):
        bet = min(bet, mpf(c))
        gain += bet * v
        cost += (v - mean) ** 2 * (-mp.log(1 - bet) - bet)
        total += bet
        last = (gain - cost) / total
        best = max(best, last)
    return best if running_max else max(last, mpf(0))


def bisect(rejected):
    """Largest m of (0, 1) that a decreasing capital rejects."""
    low, high = mpf(0), mpf(1)
    for _ in range(110):
        middle = (low + high) / 2
        low, high = (middle, high) if rejected(middle) else (low, middle)
    return low


def betting_lower(x, alpha, c, fixed):
    bets, _ = plug_in_bets(x, alpha, fixed)

    def rejected(m):
        capital = mpf(1)
        for v, bet in zip(x, bets):
            capital *= 1 + min(bet, mpf(c) / m) * (v - m)
            if capital >= 1 / mpf(alpha):
                return True
        return False
    return bisect(rejected)


def mixture_lower(x, alpha, rates):
    return bisect(lambda m: mp.fsum(mp.fprod(1 - r + r * v / m for v in x)
                                    for r in map(mpf, rates)) >= len(rates) / mpf(alpha))


def means_table(rng):
    data = sequences(rng)
    data = {name: x for name, x in data.items()}
    rows = {"maurer_pontil": [], "confidence_sequence": [], "betting": [], "mixture_betting": []}
    rates = [0.02, 0.1, 0.4, 0.98]
    for name, floats in data.items():
        x = [mpf(v) for v in floats]
        for alpha in [0.05, 1e-3, 1e-9]:
            if len(x) > 1:
                rows["maurer_pontil"].append([name, alpha, text(maurer_pontil_lower(x, alpha))])
            for fixed in [True, False]:
                for c, running in [(0.5, True), (0.75, False)]:
                    bound = confidence_sequence_lower(x, alpha, c, fixed, running)
                    rows["confidence_sequence"].append([name, alpha, c, fixed, running, text(bound)])
                for c in [0.5, 0.9]:
                    bound = betting_lower(x, alpha, c, fixed)
                    rows["betting"].append([name, alpha, c, fixed, text(bound)])
            rows["mixture_betting"].append([name, alpha, rates, text(mixture_lower(x, alpha, rates))])
    return {"sequences": data, **rows}


# --- margins of a multinomial -----------------------------------------------------------------------

def difference_tail(n, t, win, lose):
    """P(wins - losses >= t), by adding one sample after the other."""
    tie = 1 - win - lose
    mass = [mpf(0)] * (2 * n + 3)
    mass[n + 1] = mpf(1)
    for _ in range(n):
        mass = [mpf(0)] + [win * mass[i - 1] + tie * mass[i] + lose * mass[i + 1]
                           for i in range(1, 2 * n + 2)] + [mpf(0)]
    return mp.fsum(mass[n + 1 + t:])


def golden_maximum(f, low, high, digits):
    ratio = (mp.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = f(a), f(b)
    while high - low > mpf(10) ** -digits:
        if fa > fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = f(b)
    return max(fa, fb)


def grid_maximum(f, low, high, steps, digits):
    at = [low + (high - low) * i / steps for i in range(steps + 1)]
    values = [f(v) for v in at]
    i = max(range(steps + 1), key=values.__getitem__)
    return max(values[i], golden_maximum(f, at[max(0, i - 1)], at[min(steps, i + 1)], digits))


def first_margin(n, t, alpha):
    """inf{theta : max_s P(X1 - X2 >= t) > alpha}, the maximum by a grid and golden section."""
    def worst(theta):
        return grid_maximum(lambda s: difference_tail(n, t, (s + theta) / 2, (s - theta) / 2),
                            abs(theta), mpf(1), 40, 9)
    low, high = mpf(-1), mpf(t) / n
    for _ in range(42):
        middle = (low + high) / 2
        low, high = (low, middle) if worst(middle) > alpha else (middle, high)
    return low


def ncdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def margin_score(x1, x2, n, z):
    added = z * z / 4
    total = n + 3 * added
    p, q = (x1 + added) / total, (x2 + added) / total
    zp, zq = quantile(p), quantile(q)
    gp, gq = 1 / mp.npdf(zp), 1 / mp.npdf(zq)
    variance = (gp ** 2 * p * (1 - p) + gq ** 2 * q * (1 - q) + 2 * gp * gq * p * q) / total
    return zp - zq - z * mp.sqrt(variance)


def second_margin(n, x1, x2, alpha):
    """Buehler's bound over all outcomes, one by one."""
    z = max(mpf("1.5"), -quantile(mpf(alpha)))
    least = margin_score(x1, x2, n, z) - mpf(10) ** -12
    region = [(a, b) for a in range(n + 1) for b in range(n + 1 - a)
              if margin_score(a, b, n, z) >= least]
    weight = [mp.factorial(n) / (mp.factorial(a) * mp.factorial(b) * mp.factorial(n - a - b))
              for a, b in region]

    def tail(theta, v):
        p, q = ncdf(theta + v), ncdf(v)
        rest = max(mpf(0), 1 - p - q)
        return mp.fsum(w * p ** a * q ** b * rest ** (n - a - b)
                       for w, (a, b) in zip(weight, region))

    def worst(theta):
        return grid_maximum(lambda v: tail(theta, v), mpf(-6), -theta / 2, 60, 6)
    low, high = mpf(-4), mpf(4)
    for _ in range(34):
        middle = (low + high) / 2
        low, high = (low, middle) if worst(middle) > alpha else (middle, high)
    return low


def margins_table():
    mp.dps = 30
    first = [[n, t, alpha, text(first_margin(n, t, alpha), 12)]
             for n, t in [(2, 1), (3, 2), (5, 4), (8, 5), (12, 9), (20, 17), (31, 24), (11, 0)]
             for alpha in [0.05, 0.001]]
    second = [[n, a, b, alpha, text(second_margin(n, a, b, alpha), 9)]
              for n, a, b in [(2, 1, 0), (5, 4, 0), (6, 5, 1), (9, 7, 1), (12, 9, 0), (14, 8, 5)]
              for alpha in [0.1, 0.001]]
    mp.dps = 60
    return {"first_margin": first, "second_margin": second}


def certified_counts(rng):
    rows = []
    for m in [1, 2, 10, 50, 500, 2000]:
        for alpha, rho in [(0.001, 0.001), (0.01, 0.05), (0.2, 0.01)]:
            y = rng.randint(0, m)
            good = next(g for g in range(m + 1) if g >= y or mp.fsum(
                mp.binomial(m - g, i) * mpf(alpha) ** i * (1 - mpf(alpha)) ** (m - g - i)
                for i in range(y - g, m - g + 1)) > rho)
            rows.append([y, m, alpha, rho, good])
    return rows


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
        "certified_count": certified_counts(rng),
        **means_table(rng),
        **margins_table(),
        **e_process(options.cases // 4, random.Random(options.seed)),
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
