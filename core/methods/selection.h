#pragma once
/// Which class is put to the test, and what is left of alpha after choosing it.

#include "core/methods/method.h"
#include "core/stats/bound.h"

namespace certify {

/// What choosing the class by the samples that also test it costs (Selection::kSame).
enum class SelectionCost {
  /// For a method that certifies only where its Clopper-Pearson bound exceeds 1/2: alpha / 2.
  /// P_p(Bin >= k) is convex in p on [0, 1/2], hence at most 2 p alpha there; classes sum to
  /// 2 alpha.
  kMajority,
  /// For a method on votes that bounds the runner-up separately. A tenth of alpha verifies that the
  /// class is the most likely one: the two-sided test of the top count against the next must
  /// reject. 9/10 remain for the bounds. A union over m classes would cost (m-1)/m of alpha.
  ///
  /// Why it is valid: a false certificate of the most likely class is one of a class that is fixed
  /// though unknown. 9/10 alpha covers it, with no selection involved. One of any other class needs
  /// the verification to be wrong. That happens with probability alpha / 10 for all of them
  /// together (Hung & Fithian, 2019, the theorem behind PREDICT). Invalid samples take part as one
  /// more class. tests/coverage/exact_coverage_test.cpp enumerates the exact miss probability.
  kVerified,
  /// Where the class's votes say nothing of what is bounded (scores): a union over the m classes,
  /// alpha / m.
  kUnion,
};

struct ClassUnderTest {
  int top = kAbstain;  ///< class under test; kAbstain when no class was voted for, or none verified
  double alpha = 0;    ///< failure probability left for the bounds
  std::int64_t n = 0;  ///< estimation samples, invalid ones included
  std::int64_t n_top = 0;  ///< of which for the class under test
  /// Most for anything else; the *same* samples, which costs nothing.
  std::int64_t n_runner_up = 0;
};

/// Whether a method is valid for an image whose samples decided how many were drawn.
enum class Stopping { kFixed, kOptional };

/// @throws InputError for options or samples that no method can use, or this one because the image
/// was stopped early.
ClassUnderTest select(const ImageSamples& samples, const MethodOptions& options, SelectionCost cost,
                      Stopping stopping = Stopping::kFixed);

/// The fields every method fills in the same way; abstains until the method says otherwise.
Certificate abstention(const ImageSamples& samples, const MethodOptions& options,
                       const ClassUnderTest& tested, std::string_view method);

/// Turns the abstention into a certificate of this radius, where it is positive. States the bounds
/// on the class and on every other one either way.
void certify_radius(double radius, double p_lower, double p_upper, const ClassUnderTest& tested,
                    Certificate& certificate);

/// The same with the noise's majority radius, and what the bound leaves to every other class.
void certify_majority(const Noise& noise, const LowerBound& top, const ClassUnderTest& tested,
                      Certificate& certificate);

/// The symmetric pair of probabilities, p and 1 - p, whose quantiles differ by the margin or
/// slightly less.
LowerBound symmetric_pair(double margin);

/// The same with the noise's pair radius.
void certify_from(const Noise& noise, const LowerBound& top, const UpperBound& rivals,
                  const ClassUnderTest& tested, Certificate& certificate);

}  // namespace certify
