#pragma once

#include <vector>

#include "apps/certify/recertify/recertify_options.h"
#include "apps/certify/recertify/stored_samples.h"
#include "core/curves/radius_log.h"
#include "core/methods/method.h"

namespace certify {

/// The methods asked for; without any, `cohen` or what a stopped run allows.
/// @throws InputError for one that is unknown or not valid for samples that were stopped.
std::vector<const Method*> chosen_methods(const StoredSamples& source, const RecertifyOptions& o);

/// @throws InputError for an --n that these samples cannot be cut to.
void check_n(const StoredSamples& source, const RecertifyOptions& o);

/// Only a matrix tells the order of the votes. Otherwise fewer of them are drawn without
/// replacement, while those of scores are the first: each kind of method has samples of its own.
bool draws_votes(const StoredSamples& source, const RecertifyOptions& o);

/// One log a method; certificates are kept for the files.
struct Recertified {
  std::vector<RadiusLog> logs;
  std::vector<std::vector<Certificate>> certificates;
};

/// Certifies all images by each method, a chunk of samples in memory at a time.
/// @throws InputError or DataError where a method lacks what it needs.
Recertified certify_all(const StoredSamples& source, const std::vector<const Method*>& methods,
                        const MethodOptions& options, const RecertifyOptions& o);

}  // namespace certify
