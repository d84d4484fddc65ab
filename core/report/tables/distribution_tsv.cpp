#include "core/report/tables/distribution_tsv.h"

#include <cstddef>

#include <fmt/format.h>

#include "core/curves/distribution.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

std::string outcome_line(const std::string& start, const std::string& from_to,
                         const Outcomes& images) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\n", start, from_to, images.correct, images.wrong,
                     images.abstained);
}

/// @param start  the run and what is counted
std::string histogram_lines(const std::string& start, const Histogram& histogram) {
  std::string lines;
  for (std::size_t i = 0; i < histogram.bins.size(); ++i) {
    lines += outcome_line(start, fmt::format("{}\t{}", histogram.edges[i], histogram.edges[i + 1]),
                          histogram.bins[i]);
  }
  if (histogram.without.images() > 0) lines += outcome_line(start, "\t", histogram.without);
  return lines;
}

}  // namespace

std::string distribution_tsv(std::span<const RadiusLog> logs) {
  const bool with_run = logs.size() != 1;
  const std::string value = logs.empty() ? "" : value_column(logs.front());
  std::string out =
      fmt::format("{}number\tfrom\tto\tcorrect\twrong\tabstained\n", with_run ? "run\t" : "");
  for (const Distribution& distribution : distributions_of(logs)) {
    const std::string run = with_run ? on_one_line(distribution.name) + "\t" : "";
    if (distribution.p_lower) out += histogram_lines(run + "p_lower", *distribution.p_lower);
    out += histogram_lines(run + value, distribution.radius);
  }
  return out;
}

}  // namespace certify
