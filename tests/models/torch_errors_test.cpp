#include "models/torch_errors.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace certify {
namespace {

std::runtime_error thrown(const char* text) { return std::runtime_error(text); }

TEST(TorchErrors, MemoryThatRanOutInsideTheContestOfAlgorithmsIsRecognised) {
  // As LibTorch 2.11 says it (ATen/native/cudnn/Conv_v8.cpp).
  EXPECT_TRUE(is_out_of_device_memory(
      thrown("FIND was unable to find an engine to execute this computation")));
  EXPECT_TRUE(is_out_of_device_memory(
      thrown("GET was unable to find an engine to execute this computation")));
  EXPECT_TRUE(is_out_of_device_memory(thrown("CUDA out of memory. Tried to allocate 2.00 GiB")));
  EXPECT_FALSE(is_out_of_device_memory(thrown("CUDA error: an illegal memory access")));
  EXPECT_FALSE(is_out_of_device_memory(thrown("DefaultCPUAllocator: can't allocate memory")));
}

TEST(TorchErrors, AFailedDeviceIsNoFaultOfTheNetworks) {
  EXPECT_TRUE(is_device_error(thrown("CUDA error: unspecified launch failure")));
  EXPECT_TRUE(is_device_error(thrown("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")));
  EXPECT_FALSE(is_device_error(thrown("size mismatch")));
}

TEST(TorchErrors, TheReasonIsTheLineThatSaysWhy) {
  EXPECT_EQ(reason(thrown("Traceback of TorchScript\nRuntimeError: mat1 and mat2\nmore")),
            "mat1 and mat2");
  EXPECT_EQ(reason(thrown("\nUnknown builtin op: aten::foo.\nmore")),
            "Unknown builtin op: aten::foo.");
  EXPECT_EQ(reason(thrown("\n")), "no reason is given");
}

}  // namespace
}  // namespace certify
