#include "core/runs/run_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/errors.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

TEST(RunLock, RefusesASecondHolderAndNamesTheFirst) {
  const TemporaryFolder folder;
  const RunLock first(folder.path());
  try {
    const RunLock second(folder.path());
    FAIL();
  } catch (const LockedError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("process " + std::to_string(getpid())));
    EXPECT_EQ(error.exit_code(), ExitCode::kLocked);
  }
}

TEST(RunLock, IsFreeAgainWhenTheHolderIsGone) {
  const TemporaryFolder folder;
  { const RunLock first(folder.path()); }
  EXPECT_NO_THROW(RunLock{folder.path()});
}

TEST(RunLock, OfAFolderThatIsNotThereIsAnIoError) {
  EXPECT_THROW(RunLock{"no/such/folder"}, IoError);
}

}  // namespace
}  // namespace certify
