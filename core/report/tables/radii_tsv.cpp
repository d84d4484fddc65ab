#include "core/report/tables/radii_tsv.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/logs/python_format.h"

namespace certify {
namespace {

bool proven(const NamedRadius& r) {
  return std::any_of(r.proof.begin(), r.proof.end(), [](double x) { return x != 0; });
}

std::string header(const std::vector<NamedRadius>& radii) {
  std::string text = "idx\tlabel\tpredict";
  for (const NamedRadius& r : radii) text += "\tradius_" + r.name;
  text += "\tcorrect\ttime";
  for (const NamedRadius& r : radii) text += "\tproof_" + r.name;
  return text + "\n";
}

std::string row(const Certificate& c) {
  std::string text = fmt::format("{}\t{}\t{}", c.index, c.label, c.predicted);
  for (const NamedRadius& r : c.radii) text += fmt::format("\t{}", r.radius);
  text += fmt::format("\t{:d}\t{}", c.correct(), python_timedelta(std::max(0.0, c.seconds)));
  for (const NamedRadius& r : c.radii) {
    text += "\t" + (proven(r) ? fmt::format("{}", fmt::join(r.proof, ",")) : std::string("-"));
  }
  return text + "\n";
}

}  // namespace

std::string radii_tsv(const std::vector<Certificate>& certificates) {
  if (certificates.empty() || certificates.front().radii.empty()) return {};
  std::string text = header(certificates.front().radii);
  for (const Certificate& certificate : certificates) text += row(certificate);
  return text;
}

}  // namespace certify
