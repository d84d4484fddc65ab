/// The model cards in models/weights/ speak of the very files and the very data set of this
/// checkout.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "data/dataset.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> cards_of(const std::string& dataset) {
  std::vector<fs::path> cards;
  for (const auto& entry :
       fs::directory_iterator(fs::path(CERTIFY_SOURCE_DIR) / "models/weights")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(dataset + "_") && name.ends_with(".json")) cards.push_back(entry.path());
  }
  return cards;
}

TEST(ShippedModels, OfShapesAreSevenAndSmall) {
  std::uintmax_t bytes = 0;
  for (fs::path file : cards_of("shapes")) bytes += fs::file_size(file.replace_extension(".pt"));
  EXPECT_THAT(cards_of("shapes"), ::testing::SizeIs(7));
  EXPECT_LE(bytes, 2'000'000U);
}

TEST(ShippedModels, CardsCarryTheHashesOfTheirModelAndData) {
  const std::string test = open_dataset({.name = "shapes", .split = "test"})->sha256();
  const std::string train = open_dataset({.name = "shapes", .split = "train"})->sha256();
  for (const fs::path& file : cards_of("shapes")) {
    const auto card = nlohmann::json::parse(read_file(file));
    fs::path model = file;
    EXPECT_EQ(card.at("sha256"), sha256_of_file(model.replace_extension(".pt"))) << file;
    EXPECT_EQ(card.at("test_data_sha256"), test) << file;
    EXPECT_EQ(card.at("train_data_sha256"), train) << file;
  }
}

/// The data they were trained on does not ship.
TEST(ShippedModels, OfCifar10AreOneANoiseAndSmall) {
  std::vector<double> sigmas;
  for (const fs::path& file : cards_of("cifar10")) {
    const auto card = nlohmann::json::parse(read_file(file));
    fs::path model = file;
    EXPECT_EQ(card.at("sha256"), sha256_of_file(model.replace_extension(".pt"))) << file;
    EXPECT_LE(fs::file_size(model), 4'000'000U) << model;
    EXPECT_EQ(card.at("normalization"), "inside") << file;
    EXPECT_GE(card.at("accuracy_noisy"), 0.6) << file;
    sigmas.push_back(card.at("sigma"));
  }
  EXPECT_THAT(sigmas, ::testing::IsSupersetOf({0.12, 0.25}));
  EXPECT_EQ(std::set(sigmas.begin(), sigmas.end()).size(), sigmas.size())
      << "which of two for one sigma would be taken?";
}

TEST(ShippedModels, AreWorthCertifying) {
  for (const fs::path& file : cards_of("shapes")) {
    const auto card = nlohmann::json::parse(read_file(file));
    // Noise that splits leaves no image as it is, so a network of its own never sees one.
    // A denoiser takes some of the image with the noise.
    EXPECT_GE(card.at("accuracy_clean"), card.contains("task") ? 0.75 : 0.8) << file;
    EXPECT_GE(card.at("accuracy_noisy"), 0.75) << file;
  }
}

}  // namespace
}  // namespace certify
