#pragma once
/// Which model fits a data set and a noise, when the user names none.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/noise/noise.h"

namespace certify {

/// A TorchScript file with what is known about it: from the model card beside it (same name,
/// .json), or from its name `<dataset>_<architecture>_sigma<σ>.pt`.
struct ModelCard {
  std::filesystem::path file;
  std::string name;     ///< file name without extension
  std::string dataset;  ///< what it was trained on
  double sigma = 0;     ///< noise it was trained with, in units of the [0,1] input
  std::string noise{};  ///< kind_of() it
  std::string architecture;
  bool denoiser = false;   ///< to stand in front of a classifier: never chosen either
  bool untrained = false;  ///< random weights, to measure speed: never chosen
  /// What --normalize must be; "none" when it is inside the model; empty when nothing is said.
  std::string normalization{};
};

/// Folders that are searched, in order: `dir` when not empty, $CERTIFY_MODELS, the shipped models.
std::vector<std::filesystem::path> model_folders(const std::filesystem::path& dir);

/// What a model file says of itself; nothing when it says nothing. @throws DataError for a broken
/// card.
std::optional<ModelCard> card_of(const std::filesystem::path& model);

/// What is done in front of a model unless something else was typed: "none" where nothing is said.
std::string normalization_of(const std::optional<ModelCard>& card);

/// @throws InputError where the card says that it is a denoiser: --denoiser takes it.
void require_classifier(const ModelCard& card);

/// All trained models in those folders that say what they are for, sorted by data set, then σ.
/// @throws DataError naming the card that cannot be read.
std::vector<ModelCard> list_models(const std::vector<std::filesystem::path>& folders);

/// The model trained for this data set with noise of this σ and kind; the first folder wins. Of two
/// models in one folder that fit, none is taken: a certificate for the wrong model is worse than a
/// question.
/// @throws DataError listing what there is when none fits, or those that fit when several do.
ModelCard choose_model(const std::vector<std::filesystem::path>& folders,
                       const std::string& dataset, const Noise& noise);

}  // namespace certify
