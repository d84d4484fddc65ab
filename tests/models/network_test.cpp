#include "models/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <new>
#include <thread>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr ImageShape kShape{3, 4, 5};

class NetworkTest : public testing::Test {
 protected:
  std::unique_ptr<Network> load(const std::string& body, const Normalization& normalization = {}) {
    write_torchscript(file_, body);
    return open_network(file_, kShape, normalization, {});
  }
  std::string refusal(const std::string& body) {
    write_torchscript(file_, body);
    return refusal();
  }
  std::string refusal() {
    try {
      open_network(file_, kShape, {}, {});
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("model.pt")) << "says which file";
      EXPECT_THAT(error.what(), Not(HasSubstr("\n"))) << "one line, no stack trace";
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "model.pt";
};

/// Two NHWC rows whose elements are all different.
std::vector<float> two_rows() {
  std::vector<float> batch;
  for (int i = 0; i < 2 * kShape.size(); ++i) batch.push_back(static_cast<float>(i) / 128.0f);
  return batch;
}

TEST_F(NetworkTest, TakesNhwcRowsAsTheChannelsHeightWidthOfTheNetwork) {
  // Logits: the pixel at channel 2, row 3, column 1, and the sum.
  const auto classifier = load("return torch.stack([x[:, 2, 3, 1], x.sum([1, 2, 3])], 1)");
  const auto batch = two_rows();
  float logits[4];
  classifier->logits(batch.data(), 2, logits);
  for (int r = 0; r < 2; ++r) {
    EXPECT_EQ(logits[2 * r], batch[static_cast<std::size_t>(60 * r + (3 * 5 + 1) * 3 + 2)]);
  }
  EXPECT_EQ(classifier->num_classes(), 2);
}

TEST_F(NetworkTest, NormalisesEachChannelAfterTheNoise) {
  const auto classifier = load("return x[:, :, 0, 0]", {{0.1f, 0.2f, 0.3f}, {0.5f, 1.0f, 2.0f}});
  const auto batch = two_rows();
  float logits[6];
  classifier->logits(batch.data(), 2, logits);
  EXPECT_FLOAT_EQ(logits[0], (batch[0] - 0.1f) / 0.5f);
  EXPECT_FLOAT_EQ(logits[2], (batch[2] - 0.3f) / 2.0f);
}

TEST_F(NetworkTest, ANetworkThatWritesToItsInputLeavesTheBatchAlone) {
  const auto classifier = load("return x.mul_(2.0)[:, :, 0, 0]");
  const auto batch = two_rows();
  float logits[6];
  classifier->logits(batch.data(), 2, logits);
  EXPECT_EQ(batch, two_rows());
  EXPECT_FLOAT_EQ(logits[1], 2 * batch[1]);
}

TEST_F(NetworkTest, GivesTheSameBitsFromSeveralThreads) {
  const auto classifier = load("return torch.softmax(x.flatten(1) * 3.0, 1)");
  std::vector<std::vector<float>> results(4, std::vector<float>(2 * 60));
  const auto batch = two_rows();
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) classifier->logits(batch.data(), 2, result.data());
      });
    }
  }
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
}

TEST_F(NetworkTest, ASingleImageMayBeAnsweredWithoutTheBatch) {
  const auto classifier = load("return x[:, :, 0, 0].squeeze()");
  const auto batch = two_rows();
  float logits[3];
  classifier->logits(batch.data(), 1, logits);
  EXPECT_EQ(logits[1], batch[1]);
}

TEST_F(NetworkTest, PassesNonFiniteLogitsOn) {
  const auto classifier = load("return x[:, :, 0, 0] * float('nan')");
  float logits[6];
  classifier->logits(two_rows().data(), 2, logits);
  EXPECT_TRUE(std::isnan(logits[0]));
}

TEST_F(NetworkTest, TakesWeightsOfAnotherPrecision) {
  for (const auto width : {16, 64}) {
    write_scaling_torchscript(file_, 0.5, width);
    const auto classifier = open_network(file_, kShape, {}, {});
    const auto batch = two_rows();
    float logits[6];
    classifier->logits(batch.data(), 2, logits);
    EXPECT_EQ(logits[1], 0.5f * batch[1]) << width;
  }
}

TEST_F(NetworkTest, AnIndexAmongTheConstantsStaysAnIndex) {
  const auto classifier = load("return x.flatten(1)[:, torch.tensor([0, 20, 40])]");
  const auto batch = two_rows();
  float logits[6];
  classifier->logits(batch.data(), 2, logits);
  EXPECT_EQ(logits[1], batch[1]);
}

TEST_F(NetworkTest, TellsThatTheHostHasNoMemoryFromANetworkThatFails) {
  // Many rows want more than an address space holds; the few that a network is tried on do not.
  const auto classifier = load(
      "if x.size(0) > 8:\n"
      "        x = torch.zeros([1 << 46])\n"
      "    return x.flatten(1)[:, :3]");
  std::vector<float> batch(static_cast<std::size_t>(9 * classifier->input_shape().size()));
  std::vector<float> logits(9 * 3);
  EXPECT_THROW(classifier->logits(batch.data(), 9, logits.data()), std::bad_alloc);
}

TEST_F(NetworkTest, RefusesWhatIsNoTorchScript) {
  EXPECT_THAT(refusal(), HasSubstr("no such model file"));
  replace_file(file_, "not a model");
  EXPECT_THAT(refusal(), HasSubstr("not a network"));
  write_torchscript(file_, "return x[:, :, 0, 0]");
  replace_file(file_, read_file(file_).substr(0, 600));  // a download that broke off
  EXPECT_THAT(refusal(), HasSubstr("end is missing or damaged"));
}

TEST_F(NetworkTest, RefusesAnotherInputShape) {
  EXPECT_THAT(refusal("return x.view(-1, 7)[:, :2] * torch.ones([3, 2])"),
              HasSubstr("does not take a batch [2,3,4,5]"));
}

TEST_F(NetworkTest, RefusesAnotherInputShapeThatACalledMethodMeets) {
  for (const char* rest : {"view(-1, 7)", "matmul(torch.ones([7, 7]))", "reshape(5, 5, 5)"}) {
    EXPECT_THAT(refusal(std::string("return self.features(x)[:, :2]\n\n"
                                    "def features(self, x):\n    return x.") +
                        rest),
                HasSubstr("does not take a batch [2,3,4,5]"));
  }
}

TEST_F(NetworkTest, RefusesAnotherOutputShape) {
  EXPECT_THAT(refusal("return x"),
              AllOf(HasSubstr("expected [2,m] logits"), HasSubstr("for each place of the image")));
  EXPECT_THAT(refusal("return x[:, :1, 0, 0]"),
              AllOf(HasSubstr("expected [2,m] logits"), HasSubstr("torch.cat([-z, z], 1)")));
  EXPECT_THAT(refusal("return x[:, :, 0, 0].argmax(1)"), HasSubstr("no argmax"));
  EXPECT_THAT(refusal("return x[:, :, 0, 0].t()"), HasSubstr("the other way round"));
  EXPECT_THAT(refusal("return (x, x)"),
              HasSubstr("returned 0 [2,3,4,5], 1 [2,3,4,5] for 2 images"));
}

TEST_F(NetworkTest, TheLogitsAmongSeveralTensorsAreFoundByShapeOrNamed) {
  const auto first_logit = [&](const std::string& body, const std::string& output) {
    write_torchscript(file_, body);
    const auto network = open_network(file_, kShape, {}, {.output = output});
    std::vector<float> logits(static_cast<std::size_t>(2 * network->num_classes()));
    network->logits(two_rows().data(), 2, logits.data());
    return logits[0];
  };
  const std::string pixel = "x[:, :, 0, 0]", other = "x[:, :, 1, 1] + 1.0";
  const float value = two_rows()[0], sum = two_rows()[18] + 1;
  EXPECT_EQ(first_logit("return (x, " + pixel + ")", ""), value);
  EXPECT_EQ(first_logit("return [" + pixel + "]", ""), value);
  EXPECT_EQ(first_logit("return {'features': x, 'logits': " + pixel + "}", ""), value);
  EXPECT_EQ(first_logit("return (x, ({'a': x, 'b': " + pixel + "}, x))", ""), value);
  EXPECT_EQ(first_logit("return x[:, :, 0:1, 0:1]", ""), value) << "[B,m,1,1]";
  const std::string both = "return {'main': " + pixel + ", 'aux': " + other + "}";
  EXPECT_EQ(first_logit(both, "aux"), sum);
  EXPECT_EQ(first_logit(both, "0"), value);
  EXPECT_EQ(first_logit("return (x, [" + pixel + ", " + other + "])", "1.1"), sum);
  EXPECT_THAT(refusal(both), AllOf(HasSubstr("main [2,3], aux [2,3]"), HasSubstr("--output")));
  EXPECT_THAT(
      [&] { first_logit(both, "logits"); },
      ThrowsMessage<DataError>(HasSubstr("--output logits: the network returns main [2,3]")));
  EXPECT_THAT([&] { first_logit("return (x, " + pixel + ")", "0"); },
              ThrowsMessage<DataError>(HasSubstr("returned a tensor [2,3,4,5] for 2 images")));
}

TEST_F(NetworkTest, ANetworkOfAFixedBatchRunsAtThatBatch) {
  const auto network = load("return x.reshape([7, 60])[:, :3] * 2.0");
  EXPECT_EQ(network->fixed_batch(), 7);
  for (const std::int64_t rows : {1, 7, 9}) {
    std::vector<float> batch(static_cast<std::size_t>(60 * rows));
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = static_cast<float>(i) / 2048;
    std::vector<float> logits(static_cast<std::size_t>(3 * rows));
    network->logits(batch.data(), rows, logits.data());
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      EXPECT_EQ(logits[3 * row], 2 * batch[60 * row]);
    }
  }
  EXPECT_EQ(load("return x[:, :, 0, 0]")->fixed_batch(), 0);
}

TEST_F(NetworkTest, AFixedBatchIsOnlyLookedForWhereTheNetworkFailsOnAnother) {
  EXPECT_EQ(load("return x[:, :, 0, 0].reshape([1, -1])")->fixed_batch(), 1) << "regroups the rest";
  EXPECT_THAT(refusal("return x[:, :, 0, 0].mean(0)"), HasSubstr("returned a tensor [3]"));
  EXPECT_THAT(refusal("return x[:, :, 0, 0].mean(0, True)"), HasSubstr("returned a tensor [1,3]"));
  EXPECT_THAT(refusal("y = x.reshape([-1, 60])\n    return (y[:, :3], y[:, :4])"),
              HasSubstr("--output says which"));
}

TEST_F(NetworkTest, TheOrderOfOutputsMayNotChange) {
  const auto network = load(
      "if float(x.max()) > 5.0:\n"
      "        return {'a': x[:, :, 0, 0], 'logits': x[:, :, 1, 1]}\n"
      "    return {'logits': x[:, :, 1, 1], 'b': x}");
  std::vector<float> batch(2 * 60, 9.0F), logits(6);
  EXPECT_THAT([&] { network->logits(batch.data(), 2, logits.data()); },
              ThrowsMessage<DataError>(HasSubstr("and other things before")));
}

TEST_F(NetworkTest, OneWhoseOwnOperationsConvertRunsAsItIsWritten) {
  // 7 is torch.float64: with a constant in single precision the product would fail.
  const auto network = load(
      "w = torch.eye(60, dtype=7)[:, :2] * 3.0\n"
      "    return torch.matmul(x.flatten(1).to(7), w)");
  EXPECT_EQ(network->options().precision, Precision::kOwn);
  float logits[4];
  network->logits(two_rows().data(), 2, logits);
  EXPECT_EQ(logits[0], 3 * two_rows()[0]);
}

TEST_F(NetworkTest, AFixedBatchIsNoWayAroundTheCheckForOtherImages) {
  EXPECT_THAT(refusal("y = x.reshape([7, 60])[:, :3]\n    return y - y.mean(0, True)"),
              HasSubstr("depend on the other images of the batch"));
}

TEST_F(NetworkTest, ANetworkThatComputesIn16BitsRunsAsItIsWritten) {
  // 15 is torch.bfloat16. Converted to single precision, the constant would not fit the product.
  const std::string body =
      "w = (torch.eye(60)[:, :2] * 0.7).to(15)\n"
      "    return torch.matmul(x.flatten(1).to(15), w)";
  const auto network = load(body);
  EXPECT_EQ(network->options().precision, Precision::kOwn);
  float logits[4];
  network->logits(std::vector<float>(2 * 60, 1.0F / 3).data(), 2, logits);
  // 0.333984375 * 0.69921875 = 0.2335281, and next to it in bfloat16:
  EXPECT_EQ(logits[0], 0.2333984375F);
  EXPECT_THAT([&] { open_network(file_, kShape, {}, {.precision = Precision::kFp16}); },
              ThrowsMessage<DataError>(HasSubstr("a precision of its own")));
  EXPECT_EQ(load("return x[:, :, 0, 0].float()")->options().precision, Precision::kFp32);
  EXPECT_EQ(load("return x[:, :, 0, 0].half()")->options().precision, Precision::kFp32)
      << "logits that are rounded at the end change nothing before";
}

TEST_F(NetworkTest, RefusesOutputsThatDependOnTheBatch) {
  EXPECT_THAT(refusal("return (x - x.mean(0, True))[:, :, 0, 0]"),
              HasSubstr("depend on the other images of the batch"));
}

TEST_F(NetworkTest, RefusesRandomOperatorsHoweverSeldomTheyAreReached) {
  EXPECT_THAT(refusal("return x[:, :, 0, 0] + torch.rand([1])"),
              HasSubstr("aten::rand draws random numbers"));
  EXPECT_THAT(refusal("if float(x.mean()) > 9.0:\n"
                      "        x = x + torch.zeros([1]).uniform_()\n"
                      "    return x[:, :, 0, 0]"),
              HasSubstr("aten::uniform_ draws random numbers"));
  EXPECT_THAT(refusal("return torch.dropout(x[:, :, 0, 0], 0.1, True)"),
              HasSubstr("aten::dropout is in training mode"));
  EXPECT_THAT(refusal("return torch.rrelu(x[:, :, 0, 0], 0.1, 0.3, True)"),
              HasSubstr("aten::rrelu is in training mode"));
}

TEST_F(NetworkTest, TakesRandomOperatorsThatDoNothing) {
  EXPECT_EQ(refusal("y = torch.rand([1])\n    return x[:, :, 0, 0]"), "accepted");
  EXPECT_EQ(refusal("if self.training:\n        x = x + torch.rand([1])\n"
                    "    return x[:, :, 0, 0]"),
            "accepted");
  EXPECT_EQ(refusal("return torch.dropout(x[:, :, 0, 0], 0.1, self.training)"), "accepted");
  EXPECT_EQ(refusal("return torch.dropout(x[:, :, 0, 0], 0.0, True)"), "accepted");
}

/// BatchNorm with the statistics 0.5 and 1, of what is in `of`.
std::string batch_norm(const std::string& of, const std::string& training) {
  return "torch.batch_norm(" + of + ", None, None, torch.full([3], 0.5), torch.ones([3]), " +
         training + ", 0.1, 1e-5, False)";
}

TEST_F(NetworkTest, RefusesBatchNormInTrainingMode) {
  const std::string why = "aten::batch_norm is in training mode, so its logits for an image depend";
  const std::string convolution = "torch.conv2d(x, torch.ones([3, 3, 1, 1]))";
  EXPECT_THAT(refusal("return " + batch_norm(convolution, "True") + "[:, :, 0, 0]"),
              HasSubstr(why));
  EXPECT_THAT(refusal("return " + batch_norm("x", "bool(x.size(0) > 8)") + "[:, :, 0, 0]"),
              HasSubstr(why));
  EXPECT_EQ(refusal("return " + batch_norm(convolution, "False") + "[:, :, 0, 0]"), "accepted");
  EXPECT_EQ(refusal("return " + batch_norm("x", "self.training") + "[:, :, 0, 0]"), "accepted");
}

TEST_F(NetworkTest, TakesStatisticsOfOneImageAndOfWeights) {
  EXPECT_EQ(refusal("y = x.reshape([1, x.size(0) * 3, 4, 5])\n"
                    "    y = torch.batch_norm(y, None, None, None, None, True, 0.1, 1e-5, False)\n"
                    "    return y.reshape(x.size())[:, :, 1, 1]"),
            "accepted");
  EXPECT_THAT(
      refusal("y = x.transpose(0, 1).reshape([1, 3, -1])\n"
              "    y = torch.batch_norm(y, None, None, None, None, True, 0.1, 1e-5, False)\n"
              "    return y.reshape([3, -1, 20]).transpose(0, 1)[:, :, 1]"),
      HasSubstr("depend on the other images of the batch (class"));
  EXPECT_EQ(refusal("return torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, False)"
                    "[:, :, 1, 1]"),
            "accepted");
  EXPECT_EQ(refusal("w = torch.arange(9).float().reshape([1, 3, 3])\n"
                    "    w = torch.batch_norm(w, None, None, None, None, True, 0.0, 1e-5, False)\n"
                    "    return torch.matmul(x[:, :, 1, 1], w[0])"),
            "accepted");
}

TEST_F(NetworkTest, RefusesStateThatIsKeptFromBatchToBatch) {
  write_counting_torchscript(file_, /*reads_the_count=*/true);
  EXPECT_THAT(refusal(), HasSubstr("writes to its attribute 'count' while it runs"));
  write_counting_torchscript(file_, /*reads_the_count=*/false);
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(NetworkTest, ABatchDependentNetworkIsTakenWhereThatIsAllowedAndRunsAsItIsWritten) {
  const std::string body =
      "return " + batch_norm("torch.conv2d(x, torch.ones([3, 3, 1, 1]))", "True") + "[:, :, 0, 0]";
  write_torchscript(file_, body);
  const auto network = open_network(file_, kShape, {}, {.allow_batch_dependent = true});
  EXPECT_THAT(network->batch_dependence(), HasSubstr("aten::batch_norm is in training mode"));
  std::vector<float> batch(static_cast<std::size_t>(2 * kShape.size()), 0.25F);
  float logits[6];
  network->logits(batch.data(), 2, logits);
  EXPECT_NEAR(logits[0], 0, 1e-4) << "less the mean of the batch, not less 0.5";
  write_torchscript(file_, "return x[:, :, 0, 0] + torch.rand([1])");
  EXPECT_THROW(open_network(file_, kShape, {}, {.allow_batch_dependent = true}), DataError);
}

TEST_F(NetworkTest, ABatchAsLargeAsTheRunsIsTried) {
  const auto network = load(
      "if x.size(0) > 8:\n"
      "        x = x.mean(0, True).expand_as(x)\n"
      "    return x[:, :, 0, 0]");
  EXPECT_NO_THROW(network->try_batch(8));
  EXPECT_THROW(network->try_batch(9), DataError);
}

}  // namespace
}  // namespace certify
