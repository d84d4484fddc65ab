#include "core/sampling/lossy_backend.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Loses its device at the second batch, and says when it is destroyed.
class Losing final : public Backend {
 public:
  explicit Losing(bool& destroyed) : destroyed_(destroyed) {}
  ~Losing() override { destroyed_ = true; }
  int depth() const override { return 3; }
  void submit(const RowBatch&) override {
    if (++batches_ == 2) throw DeviceLost("cuda:0: gone");
  }
  BatchResult collect() override { throw DataError("the network failed"); }

 private:
  bool& destroyed_;
  int batches_ = 0;
};

TEST(LossyBackend, IsDestroyedWithItsDeviceInPlaceWhateverElseFailed) {
  bool destroyed = false;
  {
    LossyBackend backend(std::make_unique<Losing>(destroyed));
    EXPECT_EQ(backend.depth(), 3);
    backend.submit({});
    EXPECT_THROW(backend.collect(), DataError);
    EXPECT_FALSE(destroyed);
  }
  EXPECT_TRUE(destroyed);
}

TEST(LossyBackend, IsNeverDestroyedAfterItsDeviceWasLost) {
  static bool destroyed = false;  // read by nobody after the test, and by nobody freed before
  {
    LossyBackend backend(std::make_unique<Losing>(destroyed));
    backend.submit({});
    EXPECT_THROW(backend.submit({}), DeviceLost);
    EXPECT_THROW(backend.collect(), DeviceLost) << "and stays lost";
  }
  EXPECT_FALSE(destroyed);
}

}  // namespace
}  // namespace certify
