#include "models/learning/networks/checkpoint.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "models/learning/networks/export_network.h"
#include "models/learning/networks/network.h"
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
  const Architecture exported = export_network(request());
  EXPECT_EQ(exported.name, "resnet20");
  EXPECT_EQ(exported.classes, 10);
  EXPECT_TRUE(logits(torch::jit::load((folder_ / "out.pt").string())).equal(logits(network_)));
}

TEST_F(CheckpointFile, MayBeAStateDictAloneBehindOtherPrefixes) {
  for (const std::string prefix : {"", "module.", "1.module."}) {
    Dict state = dictionary();
    for (const auto& entry : state_) {
      state.insert(prefix + entry.key().toStringRef().substr(2), entry.value());
    }
    write(state);
    EXPECT_EQ(export_network(request("resnet20")).classes, 10) << prefix;
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
  EXPECT_THAT(failure(request()), HasSubstr("scripts/plain_checkpoint.py makes one of it"));
}

TEST_F(CheckpointFile, WithoutAnArchAsksForIt) {
  write(state_);
  EXPECT_THROW(export_network(request()), InputError);
}

}  // namespace
}  // namespace certify
