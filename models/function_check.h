#pragma once
/// Whether a network is a function of one image, as far as numbers tell: the same images are given
/// to it again, in other places, beside other images and in batches of other sizes. What its file
/// tells is looked at in graph_check.h. No LibTorch type shows here.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/precision.h"
#include "core/sampling/base_classifier.h"

namespace certify {

/// Why a network is no function of the image alone.
struct FunctionFault {
  enum class Kind {
    /// The same batch may be answered in another way the next time. Such a network cannot be run.
    kRandom,
    /// An answer for an image depends on the batch around it, or, where the network keeps a state,
    /// on those before. The same batches are answered alike, and there are reasons to look at
    /// counts. So it can be run where that is asked for, and the run says that they are no
    /// certificates.
    kBatchDependent,
  };
  Kind kind;
  std::string why;  ///< to be read after "model.pt: "
};

/// Logits are compared class by class. They may differ by what rounding at the network's precision
/// explains: of the logit itself, and of the image's largest logits, which decide votes and scores.
/// A class that is masked with a huge negative logit excuses nothing.
class FunctionCheck {
 public:
  /// Asks the network for a batch of four images: noise within [0,1], noise around it, and gray.
  /// @param network    must outlive the check
  /// @param precision  of the network's arithmetic
  /// @throws what the network throws
  FunctionCheck(const BaseClassifier& network, Precision precision);

  /// Tries the batch again, and batches of at most four rows.
  std::optional<FunctionFault> try_small_batches() const;
  /// Tries a batch of `rows`.
  std::optional<FunctionFault> try_batch(std::int64_t rows) const;
  /// Tries a batch of `rows` images with noise up to half as large again as a run's: white, black,
  /// gray and mixed ones. What the largest value of a batch decides shows there, though it may be
  /// rare among the noise of a run.
  std::optional<FunctionFault> try_noise(double sigma, std::int64_t rows) const;
  /// Where the network differs from `as_written` by more than other sums of the same numbers
  /// explain; nothing where it does not.
  std::optional<std::string> difference_to(const BaseClassifier& as_written) const;

 private:
  using Rows = std::vector<std::size_t>;  ///< of a batch
  /// Images that were asked for together, and how they were answered.
  struct Batch {
    std::vector<std::vector<float>> images;
    std::vector<float> logits;    ///< one row an image
    std::vector<double> spreads;  ///< of the largest logits, image by image
  };
  Batch asked(std::vector<std::vector<float>> images) const;
  static Rows all_of(const Batch& batch);

  std::vector<float> answers(const BaseClassifier& network, const Batch& batch,
                             const Rows& rows) const;
  /// What these rows were answered with among the whole batch.
  std::vector<float> expected(const Batch& batch, const Rows& rows) const;
  /// @param a, b   logits of these rows   @param slack  how many times rounding is let pass
  std::optional<std::string> difference(const Batch& batch, const Rows& rows,
                                        const std::vector<float>& a, const std::vector<float>& b,
                                        double slack) const;
  /// Asks for these rows alone, in this order; a row may come several times.
  std::optional<FunctionFault> try_rows(const Batch& batch, const Rows& rows,
                                        double slack = 1) const;
  /// Nothing, too, where the network takes no batch of one.
  std::optional<FunctionFault> try_alone(const Batch& batch, std::size_t row,
                                         double slack = 1) const;
  bool repeats_itself(const Batch& batch, const Rows& rows, double slack) const;

  const BaseClassifier& network_;
  Precision precision_;
  Batch four_;
};

}  // namespace certify
