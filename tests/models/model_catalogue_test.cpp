#include "models/model_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/noise/families.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

class ModelCatalogueTest : public testing::Test {
 protected:
  void model(const std::string& name, const std::string& card = "") {
    replace_file(folder_ / (name + ".pt"), "weights");
    if (!card.empty()) replace_file(folder_ / (name + ".json"), card);
  }
  ModelCard choose(const std::string& dataset, double sigma) {
    return choose_model({folder_.path()}, dataset, {&plain_noise_family(), sigma});
  }
  std::string refusal(const std::string& dataset, double sigma) {
    try {
      choose(dataset, sigma);
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
};

TEST_F(ModelCatalogueTest, ReadsTheCardBesideAModel) {
  model("anything",
        R"({"dataset":"shapes","sigma":0.25,"architecture":"cnn","normalization":"inside"})");
  const ModelCard card = choose("shapes", 0.25);
  EXPECT_EQ(card.file, folder_ / "anything.pt");
  EXPECT_EQ(card.architecture, "cnn");
  EXPECT_EQ(card.normalization, "none");
}

TEST_F(ModelCatalogueTest, NeverChoosesANetworkThatWasNotTrained) {
  model("cifar10_resnet50_sigma0.25",
        R"({"dataset":"cifar10","sigma":0.25,"architecture":"resnet50","untrained":true})");
  EXPECT_THAT(refusal("cifar10", 0.25), HasSubstr("no model for cifar10"));
  EXPECT_EQ(card_of(folder_ / "cifar10_resnet50_sigma0.25.pt")->architecture, "resnet50");
}

TEST_F(ModelCatalogueTest, NeverChoosesADenoiser) {
  model("d", R"({"dataset":"shapes","sigma":0.25,"architecture":"dncnn","task":"denoiser"})");
  model("shapes_denoiser_dncnn_sigma0.25");
  EXPECT_THAT(refusal("shapes", 0.25), HasSubstr("no model for shapes"));
  for (const char* name : {"d.pt", "shapes_denoiser_dncnn_sigma0.25.pt"}) {
    const auto card = card_of(folder_ / name);
    EXPECT_TRUE(card->denoiser);
    EXPECT_EQ(card->architecture, "dncnn");
  }
}

TEST_F(ModelCatalogueTest, ReadsTheFieldsNamingConventionWithoutACard) {
  model("cifar10_resnet110_sigma0.12");
  const ModelCard card = choose("cifar10", 0.12);
  EXPECT_EQ(card.architecture, "resnet110");
  EXPECT_EQ(card.sigma, 0.12);
}

TEST_F(ModelCatalogueTest, PassesOverModelsThatDoNotSayWhatTheyAreFor) {
  model("mine");
  model("cifar10_sigma");
  model("cifar10_x_sigmaNaN");
  EXPECT_TRUE(list_models({folder_.path()}).empty());
}

TEST_F(ModelCatalogueTest, ListsWhatThereIsWhenNothingFits) {
  model("cifar10_resnet110_sigma0.12");
  EXPECT_THAT(refusal("cifar10", 0.25), HasSubstr("cifar10 at sigma 0.12"));
  EXPECT_THAT(refusal("shapes", 0.12), HasSubstr("no model for shapes"));
}

TEST_F(ModelCatalogueTest, AsksWhenTwoFit) {
  model("cifar10_a_sigma0.12");
  model("cifar10_b_sigma0.12");
  EXPECT_THAT(refusal("cifar10", 0.12), HasSubstr("choose one with --model"));
}

TEST_F(ModelCatalogueTest, NamesACardThatCannotBeRead) {
  model("a", R"({"dataset":"shapes"})");
  EXPECT_THAT(refusal("shapes", 0.25), HasSubstr("a.json"));
}

TEST_F(ModelCatalogueTest, AModelIsForTheNoiseThatItWasTrainedWith) {
  folder_.write("shapes_cnn_sigma0.25.pt", "");
  folder_.write("shapes_cnn_uniform_sigma0.25.pt", "");
  folder_.write("other.pt", "");
  folder_.write("other.json", R"({"dataset": "shapes", "sigma": 0.25, "noise": ")" +
                                  std::string(find_noise_family("splitting").stream) + "\"}");
  const auto chosen = [&](const char* noise) {
    return choose_model({folder_.path()}, "shapes", {&find_noise_family(noise), 0.25}).name;
  };
  for (const char* normal : {"gaussian", "lattice", "lattice:4"}) {
    EXPECT_EQ(chosen(normal), "shapes_cnn_sigma0.25");
  }
  EXPECT_EQ(chosen("uniform"), "shapes_cnn_uniform_sigma0.25");
  EXPECT_EQ(chosen("uniform:2"), "shapes_cnn_uniform_sigma0.25");
  EXPECT_EQ(chosen("splitting"), "other");
  EXPECT_EQ(chosen("splitting:all"), "other");
  EXPECT_EQ(card_of(folder_ / "shapes_cnn_uniform_sigma0.25.pt")->architecture, "cnn");
  std::filesystem::remove(folder_ / "other.json");
  EXPECT_THROW(chosen("splitting"), DataError);
}

TEST_F(ModelCatalogueTest, AFolderThatIsNotThereHoldsNothing) {
  EXPECT_TRUE(list_models({"no/such/folder"}).empty());
}

TEST(ShippedModels, AreFoundFromTheBuildTree) {
  const auto cards = list_models({std::filesystem::path(CERTIFY_SOURCE_DIR) / "models/weights"});
  EXPECT_TRUE(std::any_of(cards.begin(), cards.end(), [](const ModelCard& c) {
    return c.dataset == "shapes" && c.sigma == 0.25;
  }));
  for (const char* noise : {"uniform", "splitting"}) {
    EXPECT_TRUE(std::ranges::any_of(cards, [&](const ModelCard& c) {
      return c.dataset == "shapes" && c.noise == noise;
    })) << noise;
  }
}

}  // namespace
}  // namespace certify
