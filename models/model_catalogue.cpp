#include "models/model_catalogue.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/noise/families.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// Where this program's own models lie: beside an installed binary, in bin or libexec/certify, or
/// in the source tree above a built one.
std::vector<fs::path> shipped_folders() {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const fs::path bin = binary.parent_path();
  std::vector<fs::path> found;
  for (const char* relative : {"../share/certify/models", "../../share/certify/models",
                               "../../models/weights", "../../../models/weights"}) {
    const fs::path folder = (bin / relative).lexically_normal();
    if (fs::is_directory(folder, error)) found.push_back(folder);
  }
  return found;
}

/// Of the noise as `certify train` writes it; normal noise where a card says nothing of it.
std::string kind_of_stream(const std::string& stream) {
  for (const NoiseFamily* family : kEveryFamily) {
    if (family->stream == stream) return std::string(kind_of(*family));
  }
  return "";
}

std::string describe(const std::string& dataset, double sigma, std::string_view noise) {
  return fmt::format("{} at sigma {}{}", dataset, sigma,
                     noise.empty() ? "" : fmt::format(" of {} noise", noise));
}

std::optional<ModelCard> from_json(const fs::path& model, const fs::path& card) {
  try {
    const auto json = nlohmann::json::parse(read_file(card));
    const auto normalization = json.value("normalization", "");
    return ModelCard{.file = model,
                     .name = model.stem().string(),
                     .dataset = json.at("dataset").get<std::string>(),
                     .sigma = json.at("sigma").get<double>(),
                     .noise = kind_of_stream(json.value("noise", "")),
                     .architecture = json.value("architecture", ""),
                     .denoiser = json.value("task", "") == "denoiser",
                     .untrained = json.value("untrained", false),
                     .normalization = normalization == "inside" ? "none" : normalization};
  } catch (const nlohmann::json::exception& error) {
    throw DataError("{}: not a model card: {}", card.string(), error.what());
  }
}

/// cifar10_resnet110_sigma0.12, shapes_cnn5_uniform_sigma0.25 → their parts.
std::optional<ModelCard> from_name(const fs::path& model) {
  const std::string name = model.stem().string();
  const auto first = name.find('_');
  const auto last = name.rfind("_sigma");
  if (first == std::string::npos || last == std::string::npos || last < first) return std::nullopt;
  const auto sigma = parse_number<double>(std::string_view(name).substr(last + 6));
  if (!sigma || !(*sigma > 0 && std::isfinite(*sigma))) return std::nullopt;
  ModelCard card{.file = model,
                 .name = name,
                 .dataset = name.substr(0, first),
                 .sigma = *sigma,
                 .architecture = last > first ? name.substr(first + 1, last - first - 1) : ""};
  const std::string denoiser = "denoiser_";
  if (card.architecture.starts_with(denoiser)) {
    card.denoiser = true;
    card.architecture.erase(0, denoiser.size());
  }
  for (const NoiseFamily* family : kEveryFamily) {
    const std::string kind = fmt::format("_{}", kind_of(*family));
    if (kind == "_" || !card.architecture.ends_with(kind)) continue;
    card.noise = kind.substr(1);
    card.architecture.erase(card.architecture.size() - kind.size());
    break;
  }
  return card;
}

std::string describe(const std::vector<ModelCard>& cards) {
  std::string text;
  for (const ModelCard& card : cards) {
    if (card.denoiser) continue;
    text += fmt::format("\n  {}: {}", describe(card.dataset, card.sigma, card.noise),
                        card.file.string());
  }
  return text.empty() ? "\n  (none)" : text;
}

}  // namespace

std::vector<fs::path> model_folders(const fs::path& dir) {
  std::vector<fs::path> folders;
  if (!dir.empty()) folders.push_back(dir);
  if (const char* variable = std::getenv("CERTIFY_MODELS"); variable && *variable) {
    folders.emplace_back(variable);
  }
  const auto shipped = shipped_folders();
  folders.insert(folders.end(), shipped.begin(), shipped.end());
  return folders;
}

std::optional<ModelCard> card_of(const fs::path& model) {
  const fs::path card = fs::path(model).replace_extension(".json");
  return fs::exists(card) ? from_json(model, card) : from_name(model);
}

std::string normalization_of(const std::optional<ModelCard>& card) {
  return card && !card->normalization.empty() ? card->normalization : "none";
}

void require_classifier(const ModelCard& card) {
  if (!card.denoiser) return;
  throw InputError("--model {}: is a denoiser: --denoiser takes it, in front of a --model",
                   card.file.string());
}

std::vector<ModelCard> list_models(const std::vector<fs::path>& folders) {
  std::vector<ModelCard> cards;
  for (const fs::path& folder : folders) {
    std::error_code error;
    std::set<fs::path> models;  // sorted: a directory lists in no order
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".pt") models.insert(entry.path());
    }
    for (const fs::path& model : models) {
      auto found = card_of(model);
      if (found && !found->untrained) cards.push_back(std::move(*found));
    }
  }
  std::stable_sort(cards.begin(), cards.end(), [](const ModelCard& a, const ModelCard& b) {
    return std::tie(a.dataset, a.sigma) < std::tie(b.dataset, b.sigma);
  });
  return cards;
}

ModelCard choose_model(const std::vector<fs::path>& folders, const std::string& dataset,
                       const Noise& noise) {
  const std::string_view kind = kind_of(*noise.family);
  const std::string wanted = describe(dataset, noise.sigma, kind);
  for (const fs::path& folder : folders) {
    std::vector<ModelCard> fitting;
    for (ModelCard& card : list_models({folder})) {
      const bool same_noise = std::abs(card.sigma - noise.sigma) < 1e-9 && card.noise == kind;
      if (card.dataset == dataset && same_noise && !card.denoiser) fitting.push_back(card);
    }
    if (fitting.size() == 1) return fitting.front();
    if (fitting.size() > 1) {
      throw DataError("several models in {} fit {}; choose one with --model:{}", folder.string(),
                      wanted, describe(fitting));
    }
  }
  throw DataError("no model for {}; pass --model FILE, or --model-dir. There are:{}", wanted,
                  describe(list_models(folders)));
}

}  // namespace certify
