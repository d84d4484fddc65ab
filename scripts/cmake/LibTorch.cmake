# LibTorch, as the target `libtorch`. An explicit -DTorch_DIR (or $Torch_DIR) wins; otherwise what CMake
# finds, which is Debian's libtorch-dev. scripts/setup.sh chooses and passes Torch_DIR.
#
# CERTIFY_CUDA: AUTO builds for the GPU when this LibTorch can, ON insists, OFF never.
set(CERTIFY_CUDA AUTO CACHE STRING "AUTO, ON or OFF: require a LibTorch with CUDA")

# The CMake files of a CUDA LibTorch enable the CUDA language themselves: give them nvcc and an
# architecture list first (they overwrite CMAKE_CUDA_ARCHITECTURES).
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(CERTIFY_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin
               PATHS /usr/local/cuda/bin)
  if(CERTIFY_NVCC)
    set(CMAKE_CUDA_COMPILER "${CERTIFY_NVCC}" CACHE FILEPATH "")
  endif()
endif()
if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
  set(TORCH_CUDA_ARCH_LIST "8.0;9.0" CACHE STRING "CUDA architectures")
endif()

set(certify_flags "${CMAKE_CXX_FLAGS}")
find_package(Torch REQUIRED CONFIG)
set(CMAKE_CXX_FLAGS "${certify_flags}")  # its package adds its own flags for everybody

if(TARGET torch_cuda)
  set(CERTIFY_HAS_CUDA ON)
else()
  set(CERTIFY_HAS_CUDA OFF)
endif()
if(CERTIFY_CUDA STREQUAL "ON" AND NOT CERTIFY_HAS_CUDA)
  message(FATAL_ERROR "CERTIFY_CUDA=ON, but the LibTorch at ${Torch_DIR} has no CUDA. Pass -DTorch_DIR= of "
                      "one that has, or run scripts/setup.sh --torch pip.")
endif()

add_library(libtorch INTERFACE)
target_link_libraries(libtorch INTERFACE ${TORCH_LIBRARIES})
target_include_directories(libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
separate_arguments(certify_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")  # the C++ ABI it was built with
target_compile_options(libtorch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${certify_torch_flags}>)
message(STATUS "LibTorch ${Torch_VERSION} at ${Torch_DIR}, CUDA: ${CERTIFY_HAS_CUDA}")
