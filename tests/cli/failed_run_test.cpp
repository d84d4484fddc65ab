#include "apps/certify/run/failed_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "core/base/errors.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FailedRun : public testing::Test {
 protected:
  /// Two of four images, and then what is to be thrown.
  template <class Failure>
  Error fail(const Failure& failure) {
    RunFolder run(folder_ / "run", example_manifest(4), example_indices(4), false);
    try {
      sample_or_explain(run, 4, [&] {
        run.append(example_samples(0));
        run.append(example_samples(20));
        throw failure;
      });
    } catch (const Error& error) {
      return error;
    }
    throw std::logic_error("nothing was thrown");
  }
  Manifest stored() {
    return read_run(folder_ / "run", [this](const ImageSamples&) { ++stored_; });
  }
  TemporaryFolder folder_;
  int stored_ = 0;
};

TEST_F(FailedRun, ALostDeviceInterruptsTheRunAndTheSameCommandResumes) {
  const Error error = fail(DeviceLost("cuda:0: unspecified launch failure"));
  EXPECT_EQ(error.exit_code(), ExitCode::kInterrupted);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("cuda:0: unspecified launch failure; 2 of 4 images"),
                                  HasSubstr("the same command resumes")));
  EXPECT_EQ(stored().state, "interrupted");
  EXPECT_EQ(stored_, 2);
}

TEST_F(FailedRun, WithoutMemoryItSaysWhatNeedsLess) {
  const Error error = fail(std::bad_alloc());
  EXPECT_EQ(error.exit_code(), ExitCode::kIo);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("out of memory; 2 of 4 images"), HasSubstr("--workers"),
                                  HasSubstr("--batch")));
  EXPECT_EQ(stored().state, "interrupted");
  EXPECT_EQ(stored_, 2);
}

TEST_F(FailedRun, OtherErrorsPassAsTheyAre) {
  const Error error = fail(DataError("image 3 is unreadable"));
  EXPECT_EQ(error.exit_code(), ExitCode::kData);
  EXPECT_STREQ(error.what(), "image 3 is unreadable");
  EXPECT_EQ(stored().state, "running") << "as after a crash";
}

}  // namespace
}  // namespace certify
