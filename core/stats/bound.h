#pragma once
/// Bounds on a probability. The complement travels beside it, because 1 - p loses all its digits
/// where p is close to 1, and that is where the large radii are.

namespace certify {

/// "The probability is at least p": p is rounded down, q >= 1 - p is rounded up.
struct LowerBound {
  double p = 0;
  double q = 1;
};

/// "The probability is at most p": p is rounded up, q <= 1 - p is rounded down.
struct UpperBound {
  double p = 1;
  double q = 0;
};

/// The other side of the same statement: P(A) >= p says that P(not A) <= q.
inline UpperBound complement(const LowerBound& bound) { return {bound.q, bound.p}; }
inline LowerBound complement(const UpperBound& bound) { return {bound.q, bound.p}; }

}  // namespace certify
