#pragma once

#include "core/methods/method.h"

namespace certify {

/// PREDICT of Cohen, Rosenfeld & Kolter (2019): the most frequent class of the estimation samples,
/// or abstention when it does not beat the runner-up in a two-sided binomial test at alpha. The
/// radius is 0: nothing is said beyond the image. Choosing the class by the same samples is part of
/// the test, so how classes are selected elsewhere does not matter here.
extern const Method kPredict;

}  // namespace certify
