#include "core/runs/manifest.h"

#include <chrono>
#include <string>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/json_file.h"

namespace certify {
namespace {

constexpr int kSchema = 1;
constexpr const char* kSigmaUnits =
    "standard deviation in units of the [0,1] input, before any normalisation";

Json to_json(const RunSession& s) {
  return Json{{"started", s.started},
              {"finished", s.finished},
              {"images", s.images},
              {"seconds", s.seconds},
              {"environment", s.environment}};
}

RunSession session_from_json(const Json& json) {
  return {json.at("started").get<std::string>(), json.at("finished").get<std::string>(),
          json.at("images").get<std::int64_t>(), json.at("seconds").get<double>(),
          json.at("environment")};
}

}  // namespace

void write_manifest(const std::filesystem::path& folder, const Manifest& m) {
  Json json{{"schema", kSchema},
            {"state", m.state},
            {"images", m.images},
            {"restarts", m.sessions.empty() ? 0 : m.sessions.size() - 1},
            {"invalid_samples", m.invalid_samples},
            {"sigma_units", kSigmaUnits},
            {"settings", to_json(m.settings)},
            {"model_file", m.model_file},
            {"data_dir", m.data_dir},
            {"class_names", m.class_names}};
  if (!m.denoiser_file.empty()) json["denoiser_file"] = m.denoiser_file;
  if (!m.data_options.empty()) json["data_options"] = m.data_options;
  if (m.dataset_images > 0) json["dataset_images"] = m.dataset_images;
  if (!m.digest.empty()) json["digest"] = m.digest;
  json["sessions"] = Json::array();
  for (const RunSession& session : m.sessions) json["sessions"].push_back(to_json(session));
  replace_file(folder / "manifest.json", json.dump(2) + "\n");
}

std::optional<Manifest> read_manifest(const std::filesystem::path& folder) {
  const auto file = folder / "manifest.json";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  const Json json = read_json(file);
  try {
    if (json.at("schema").get<int>() != kSchema) {
      throw DataError("schema {}, this program reads {}", json.at("schema").dump(), kSchema);
    }
    Manifest m;
    m.settings = settings_from_json(json.at("settings"));
    m.state = json.at("state").get<std::string>();
    m.images = json.at("images").get<std::int64_t>();
    m.dataset_images = json.value("dataset_images", std::int64_t{0});
    m.digest = json.value("digest", "");
    m.invalid_samples = json.at("invalid_samples").get<std::int64_t>();
    m.model_file = json.at("model_file").get<std::string>();
    m.denoiser_file = json.value("denoiser_file", "");
    m.data_dir = json.at("data_dir").get<std::string>();
    m.data_options = json.value("data_options", Json::object());
    m.class_names = json.at("class_names").get<std::vector<std::string>>();
    for (const Json& session : json.at("sessions"))
      m.sessions.push_back(session_from_json(session));
    return m;
  } catch (const nlohmann::json::exception& reason) {
    throw DataError("{}: {}", file.string(), reason_of(reason));
  } catch (const IoError&) {
    throw;
  } catch (const Error& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
}

Manifest manifest_of(const std::filesystem::path& run) {
  auto manifest = read_manifest(run);
  if (!manifest) throw DataError("{}: no run here (manifest.json is missing)", run.string());
  return *manifest;
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace certify
