"""Judges the statistics with SciPy: a list of cases in JSON on stdin, a list of answers on stdout.

Where SciPy has the statistic it is asked for it; else the definition is solved the long way round (the
score test inverted by a root finder, sums over every single value), so that no formula is shared with
what is judged.
"""

import json
import math
import sys

import numpy as np
from scipy import optimize, special, stats

FRACTIONS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95]


def z(level):
    return stats.norm.ppf(1 - (1 - level) / 2)


def wilson(p, n, level):
    """Every rate that the score test does not reject; n need not be whole."""
    if n <= 0:
        return 0.0, 1.0

    def rejected(rate):
        # At the ends one of the two roots is p itself; the factor that makes it so is left out.
        if p == 0:
            return n * rate - z(level) ** 2 * (1 - rate)
        if p == 1:
            return n * (1 - rate) - z(level) ** 2 * rate
        return n * (p - rate) ** 2 - z(level) ** 2 * rate * (1 - rate)

    def root(a, b):
        return optimize.brentq(rejected, a, b, xtol=1e-15, rtol=1e-14, maxiter=500)

    low = 0.0 if p == 0 else root(0.0, p if p < 1 else 1.0)
    high = 1.0 if p == 1 else root(p if p > 0 else 0.0, 1.0)
    return low, high


def rate(counts):
    counts = [(k, n) for k, n in counts if n > 0]
    if not counts:
        return 0.0, 0.0
    tasks = len(counts)
    rates = np.array([k / n for k, n in counts])
    p = float(np.mean(rates))
    m = stats.hmean([n for _, n in counts])
    if p in (0.0, 1.0) or m <= 1 or tasks < 10:
        return p, float(tasks)
    if len({n for _, n in counts}) == 1:
        # Equal replicates: the ordinary analysis of variance, icc = (F - 1) / (F + m - 1).
        f = stats.f_oneway(*[[1] * k + [0] * (n - k) for k, n in counts]).statistic
        icc = 1.0 if math.isinf(f) else (f - 1) / (f + m - 1)
    else:
        between = m * np.var(rates, ddof=1)
        within = m * np.mean(rates * (1 - rates)) / (m - 1)
        icc = (between - within) / (between + (m - 1) * within)
    icc = min(1.0, max(0.0, icc))
    return p, tasks * m / (1 + (m - 1) * icc)


def newcombe(a, b, level):
    (pa, na), (pb, nb) = a, b
    la, ua = wilson(pa, na, level)
    lb, ub = wilson(pb, nb, level)
    d = pa - pb
    return d - math.sqrt((pa - la) ** 2 + (ub - pb) ** 2), d + math.sqrt(
        (ua - pa) ** 2 + (pb - lb) ** 2
    )


def exact(strata):
    strata = [s for s in strata if s[1] > 0 and s[3] > 0]
    if len(strata) == 1:
        ka, na, kb, nb = strata[0]
        return float(stats.fisher_exact([[ka, na - ka], [kb, nb - kb]]).pvalue)
    total, observed = np.array([1.0]), 0
    for ka, na, kb, nb in strata:
        hits = stats.hypergeom(na + nb, ka + kb, na)
        total = np.convolve(total, hits.pmf(np.arange(na + 1)))
        observed += ka
    return min(1.0, float(total[total <= total[observed] * (1 + 1e-7)].sum()))


def holm(ps):
    order = np.argsort(ps, kind="stable")
    stepped = [min(1.0, (len(ps) - i) * ps[j]) for i, j in enumerate(order)]
    out = np.empty(len(ps))
    out[order] = np.maximum.accumulate(stepped)
    return out.tolist()


def log_e(values, m):
    x = np.array(values, dtype=float)
    sums = [float(np.sum(np.log(1 - c + c * x / m))) for c in FRACTIONS]
    return float(special.logsumexp(sums) - np.log(len(FRACTIONS)))


def lowest(values, alpha):
    def over(m):
        return log_e(values, m) - math.log(2 / alpha)

    smallest = 1e-13
    if over(smallest) < 0:
        return 0.0
    return optimize.brentq(over, smallest, 1.0, xtol=1e-16, rtol=1e-14, maxiter=500)


def sequence(values, alpha):
    low = 2 * lowest(values, alpha) - 1
    return low, 1 - 2 * lowest([1 - v for v in values], alpha)


def transfer(t, b, s):
    lt, ut = newcombe(t, b, 0.975)
    if lt <= 0.1:
        return None
    ls, us = newcombe(s, b, 0.975)
    # The extreme quotients over the box of both intervals.
    quotients = [x / y for x in (ls, us) for y in (lt, ut)]
    return [(s[0] - b[0]) / (t[0] - b[0]), min(quotients), max(quotients)]


def to_show(a, b):
    if a <= b:
        return None
    half = (a + b) / 2
    root = z(0.95) * math.sqrt(2 * half * (1 - half)) + stats.norm.ppf(0.8) * math.sqrt(
        a * (1 - a) + b * (1 - b)
    )
    return max(2, math.ceil((root / (a - b)) ** 2))


ANSWERS = {
    "wilson": lambda c: wilson(c["p"], c["n"], c["level"]),
    "binomial wilson": lambda c: list(
        stats.binomtest(c["k"], c["n"]).proportion_ci(c["level"], method="wilson")
    ),
    "rate": lambda c: rate(c["counts"]),
    "newcombe": lambda c: newcombe(c["a"], c["b"], c["level"]),
    "exact": lambda c: [exact(c["strata"])],
    "holm": lambda c: holm(c["ps"]),
    "log E": lambda c: [log_e(c["values"], c["m"])],
    "sequence": lambda c: sequence(c["values"], c["alpha"]),
    "transfer": lambda c: transfer(c["t"], c["b"], c["s"]),
    "to show": lambda c: [to_show(c["a"], c["b"])],
}

json.dump([ANSWERS[case["statistic"]](case) for case in json.load(sys.stdin)], sys.stdout)
