#include "models/learning/networks/checkpoint.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "models/learning/networks/export_network.h"
#include "models/learning/networks/network.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Dict = c10::impl::GenericDict;

Dict dictionary() { return Dict(c10::StringType::get(), c10::AnyType::get()); }

class CheckpointFile : public testing::Test {
 protected:
  CheckpointFile() {
    network_ = make_network(find_architecture("resnet20"), {});
    initialize(network_, at::detail::createCPUGenerator(5));
    network_.eval();
    for (const auto& p : network_.named_parameters()) state_.insert("1." + p.name, p.value);
    for (const auto& b : network_.named_buffers()) state_.insert("1." + b.name, b.value);
    state_.insert("1.bn1.num_batches_tracked", torch::tensor(3));
  }
  void write(const c10::IValue& value) {
    const auto bytes = torch::jit::pickle_save(value);
    folder_.write("c.pth", {bytes.begin(), bytes.end()});
  }
  void write_cohens() {
    Dict top = dictionary();
    top.insert("arch", "cifar_resnet20");
    top.insert("epoch", std::int64_t{90});
    top.insert("state_dict", state_);
    write(top);
  }
  std::string failure(const ExportRequest& request) {
    try {
      export_network(request);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no failure";
  }
  ExportRequest request(const std::string& arch = "") const {
    return {folder_ / "c.pth", arch, "none", false, folder_ / "out.pt"};
  }
  at::Tensor logits(torch::jit::Module network) const {
    return network.forward({torch::ones({1, 3, 32, 32})}).toTensor();
  }

  TemporaryFolder folder_;
  torch::jit::Module network_;
  Dict state_ = dictionary();
};

TEST_F(CheckpointFile, BecomesTheNetworkThatItWasSavedFrom) {
  const torch::NoGradGuard no_grad;
  write_cohens();
  const ExportedNetwork exported = export_network(request());
  EXPECT_EQ(exported.architecture.name, "resnet20");
  EXPECT_EQ(exported.architecture.classes, 10);
  EXPECT_EQ(exported.key, "state_dict");
  EXPECT_EQ(exported.prefix, "1.");
  EXPECT_TRUE(logits(torch::jit::load((folder_ / "out.pt").string())).equal(logits(network_)));
}

TEST_F(CheckpointFile, MayBeAStateDictAloneBehindOtherPrefixes) {
  for (const std::string prefix : {"", "module.", "1.module."}) {
    Dict state = dictionary();
    for (const auto& entry : state_) {
      state.insert(prefix + entry.key().toStringRef().substr(2), entry.value());
    }
    write(state);
    const ExportedNetwork exported = export_network(request());
    EXPECT_EQ(exported.architecture.name, "resnet20") << "recognised by its weights";
    EXPECT_EQ(exported.prefix, prefix);
    EXPECT_EQ(exported.key, "");
  }
}

TEST_F(CheckpointFile, OfAnotherArchitectureNamesTheFirstDifference) {
  write_cohens();
  EXPECT_THAT(failure(request("resnet56")),
              AllOf(HasSubstr("c.pth: no resnet56: layer1.3.conv1.weight is missing"),
                    HasSubstr("(its arch is cifar_resnet20)")));
  EXPECT_THAT(failure(request("resnet50")),
              HasSubstr("conv1.weight is [16, 3, 3, 3], expected [64, 3, 7, 7]"));
  EXPECT_THAT(failure(request("resnet20-a")),
              HasSubstr("layer2.0.downsample.0.weight is not part of it"));
}

TEST_F(CheckpointFile, WithDamagedOrForeignContentIsRefused) {
  state_.insert_or_assign("1.bn1.bias", torch::full({16}, NAN));
  write_cohens();
  EXPECT_THAT(failure(request()), HasSubstr("bn1.bias holds what is no finite number"));
  state_.insert("0.means", torch::zeros({3}));
  write_cohens();
  EXPECT_THAT(failure(request()), HasSubstr("0.means is no part of the network"));
  write(dictionary());
  EXPECT_THAT(failure(request()), HasSubstr("no name in its state_dict ends in conv1.weight"));
  folder_.write("c.pth", "PK nothing");
  EXPECT_THAT(failure(request()), HasSubstr("c.pth: "));
}

TEST_F(CheckpointFile, IsRecognisedByItsWeightsWhateverItSaysOfItself) {
  for (const std::string arch : {"resnet20", "resnet56-a", "resnet110", "preactresnet18", "cnn5"}) {
    const Architecture& architecture = find_architecture(arch);
    const auto network = make_network(architecture, {});
    Dict state = dictionary();
    for (const auto& [name, tensor] : named_weights(network))
      state.insert("module." + name, tensor);
    Dict top = dictionary();
    top.insert("arch", "my_net");
    top.insert("net", state);
    write(top);
    EXPECT_EQ(export_network(request()).architecture.name, arch);
  }
  Dict shorter = dictionary();
  for (const auto& entry : state_) {
    if (entry.key().toStringRef() != "1.layer3.2.conv1.weight")
      shorter.insert(entry.key(), entry.value());
  }
  write(shorter);
  EXPECT_THAT(failure(request()), HasSubstr("no network of these: resnet20, "));
}

TEST_F(CheckpointFile, OfSeveralDictionariesTheUsualOneIsTaken) {
  Dict other = dictionary();
  for (const auto& entry : state_)
    other.insert(entry.key().toStringRef(), -entry.value().toTensor());
  Dict top = dictionary();
  top.insert("unaveraged_model_state_dict", other);
  top.insert("model_state_dict", state_);
  write(top);
  EXPECT_EQ(export_network(request()).key, "model_state_dict");
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(logits(torch::jit::load((folder_ / "out.pt").string())).equal(logits(network_)));
}

TEST_F(CheckpointFile, BringsItsNormalisation) {
  state_.insert("0.mean", torch::tensor({0.5F, 0.25F, 0.125F}));
  state_.insert("0.std", torch::tensor({0.5F, 1.0F, 2.0F}).view({1, 3, 1, 1}));
  write(state_);
  ExportRequest asked = request();
  EXPECT_THROW(export_network(asked), InputError) << "--normalize none contradicts it";
  asked.normalization.clear();
  const ExportedNetwork exported = export_network(asked);
  EXPECT_TRUE(exported.normalization_was_inside);
  EXPECT_EQ(exported.normalization.stddev, (std::vector<float>{0.5F, 1, 2}));
  const torch::NoGradGuard no_grad;
  const at::Tensor x = torch::rand({2, 3, 32, 32});
  const at::Tensor normalized = (x - torch::tensor({0.5F, 0.25F, 0.125F}).view({1, 3, 1, 1})) /
                                torch::tensor({0.5F, 1.0F, 2.0F}).view({1, 3, 1, 1});
  EXPECT_TRUE(torch::jit::load((folder_ / "out.pt").string())
                  .forward({x})
                  .toTensor()
                  .allclose(network_.forward({normalized}).toTensor(), 1e-5, 1e-6));
}

TEST_F(CheckpointFile, NormalisesByPositiveNumbersOnly) {
  state_.insert("0.mean", torch::zeros({3}));
  state_.insert("0.std", torch::tensor({0.5F, 0.0F, 2.0F}));
  write(state_);
  EXPECT_THAT(failure(request()), HasSubstr("0.mean and 0.std normalise by what is no positive"));
}

TEST_F(CheckpointFile, TakesTheNormalisationThatLiesBesideItsDictionary) {
  const std::vector<float> mean{0.5F, 0.25F, 0.125F}, deviation{0.5F, 0.25F, 1};
  const auto exported = [&](const c10::IValue& means, const c10::IValue& deviations) {
    Dict top = dictionary();
    top.insert("state_dict", state_);
    top.insert("mean", means);
    top.insert("std", deviations);
    write(top);
    ExportRequest asked = request();
    asked.normalization = "";
    return export_network(asked).normalization;
  };
  const Normalization tensors = exported(torch::tensor(mean), torch::tensor(deviation));
  EXPECT_EQ(tensors.mean, mean);
  EXPECT_EQ(tensors.stddev, deviation);
  const Normalization lists =
      exported(c10::List<double>{0.5, 0.25, 0.125}, c10::List<double>{0.5, 0.25, 1});
  EXPECT_EQ(lists.mean, mean);
  EXPECT_EQ(lists.stddev, deviation);
  const Normalization one = exported(torch::tensor({0.5F}), torch::tensor({0.25F}));
  EXPECT_EQ(one.mean, std::vector<float>(3, 0.5F));
  EXPECT_EQ(one.stddev, std::vector<float>(3, 0.25F));
}

TEST_F(CheckpointFile, OfBytesIsNotTakenForImagesUpToOne) {
  state_.insert("mu", torch::tensor({125.3F, 123.F, 113.9F}));
  state_.insert("sigma", torch::tensor({63.F, 62.1F, 66.7F}));
  write(state_);
  EXPECT_THAT(failure(request()), HasSubstr("as images of 0 to 255 want it"));
}

TEST_F(CheckpointFile, OfTypesThatAreNotReadIsRefused) {
  const std::string header =
      R"({"conv1.weight":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  folder_.write("c.pth", bytes + header + "x");
  EXPECT_THAT(failure(request()), HasSubstr("no name in its state_dict ends in conv1.weight"));
}

TEST_F(CheckpointFile, OfAPickledModuleSaysSo) {
  std::filesystem::copy_file(CERTIFY_SOURCE_DIR
                             "/tests/models/learning/networks/fixtures/module_zip_torch215.pth",
                             folder_ / "c.pth");
  EXPECT_THAT(failure(request()),
              AllOf(HasSubstr("a pickled torch.nn.modules.container.Sequential"),
                    HasSubstr("torch.save(model.state_dict(), FILE)")));
}

}  // namespace
}  // namespace certify
