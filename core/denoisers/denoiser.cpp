#include "core/denoisers/denoiser.h"

#include <array>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/json_file.h"
#include "core/base/parse.h"
#include "core/denoisers/diffusion.h"

namespace certify {
namespace {

/// The noisy image in, the image out.
DenoiserCall direct_call(const Json& spec, double) {
  if (spec.size() > 1) throw InputError("{}: direct has no settings", kDenoiserKindFlag);
  return {};
}

struct Kind {
  std::string_view name;
  bool needs_sigma;
  DenoiserCall (*call)(const Json& spec, double sigma);
};
constexpr std::array kKinds{Kind{"direct", false, direct_call},
                            Kind{"diffusion", true, diffusion_call}};

[[noreturn]] void refuse(const std::string& text) {
  throw InputError(
      "{} {}: expected direct, diffusion:SCHEDULE:STEPS with the schedule linear or cosine, or a "
      "file FILE.json such as diffusers' scheduler_config.json",
      kDenoiserKindFlag, text);
}

/// "diffusion:cosine:4000" as an object.
Json spec_of(const std::string& text) {
  if (text.starts_with('{')) {
    Json spec = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!spec.is_object()) refuse(text);
    if (!spec.contains("kind")) spec["kind"] = "diffusion";
    return spec;
  }
  if (text == "direct") return {{"kind", "direct"}};
  const std::string prefix = "diffusion:";
  const auto colon = text.rfind(':');
  if (!text.starts_with(prefix) || colon < prefix.size()) refuse(text);
  const auto steps = parse_number<std::int64_t>(std::string_view(text).substr(colon + 1));
  const std::string schedule = text.substr(prefix.size(), colon - prefix.size());
  if (!steps || (schedule != "linear" && schedule != "cosine")) refuse(text);
  Json spec{{"kind", "diffusion"}, {"beta_schedule", schedule}, {"num_train_timesteps", *steps}};
  if (schedule == "linear") {  // guided-diffusion: as much noise at the end, however many steps
    const double scale = 1000 / static_cast<double>(*steps);
    spec["beta_start"] = 1e-4 * scale;
    spec["beta_end"] = 0.02 * scale;
  }
  return spec;
}

const Kind& row_of(const Json& spec) {
  const Json& name = spec.at("kind");
  for (const Kind& kind : kKinds) {
    if (name == kind.name) return kind;
  }
  throw InputError("{}: kind {}: expected direct or diffusion", kDenoiserKindFlag, name.dump());
}

}  // namespace

DenoiserCall denoiser_call(const std::string& kind, double sigma) {
  const Json spec = spec_of(kind);
  return row_of(spec).call(spec, sigma);
}

bool needs_sigma(const std::string& kind) { return row_of(spec_of(kind)).needs_sigma; }

std::string read_denoiser_kind(const std::string& typed) {
  const bool is_file = typed.ends_with(".json");
  const std::string text = is_file ? read_json_object(typed).json.dump() : typed;
  try {
    denoiser_call(text, 0);  // a schedule's steps all have more noise
  } catch (const InputError& error) {
    if (!is_file) throw;
    throw InputError("{}: {}", typed, error.what());
  }
  return text;
}

}  // namespace certify
