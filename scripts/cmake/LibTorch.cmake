# LibTorch, as the target `libtorch`. An explicit -DTorch_DIR (or $Torch_DIR) wins; otherwise what CMake
# finds, which is Debian's libtorch-dev. scripts/setup.sh chooses and passes Torch_DIR.
#
# CERTIFY_CUDA: AUTO builds for the GPU when this LibTorch can, ON insists, OFF never.
set(CERTIFY_CUDA AUTO CACHE STRING "AUTO, ON or OFF: require a LibTorch with CUDA")

set(certify_torch_dir "${Torch_DIR}")
if(NOT certify_torch_dir)
  set(certify_torch_dir "$ENV{Torch_DIR}")
endif()
set(certify_torch_root "")
if(certify_torch_dir)
  get_filename_component(certify_torch_root "${certify_torch_dir}/../../.." ABSOLUTE)
  if(NOT EXISTS "${certify_torch_root}/lib/libtorch.so")  # Debian's has another layout
    set(certify_torch_root "")
  endif()
endif()
set(certify_cuda_wheel OFF)
if(certify_torch_root AND EXISTS "${certify_torch_root}/lib/libtorch_cuda.so")
  set(certify_cuda_wheel ON)
endif()

# Whether a compiler is of the CUDA version that this LibTorch was built with.
function(certify_nvcc_fits result nvcc)
  execute_process(COMMAND "${nvcc}" --version OUTPUT_VARIABLE text ERROR_QUIET)
  if(certify_cuda_version AND NOT text MATCHES "release ${certify_cuda_version},")
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# The CMake files of a CUDA LibTorch enable the CUDA language themselves: give them nvcc, its toolkit and
# an architecture list first (they overwrite CMAKE_CUDA_ARCHITECTURES).
function(certify_find_nvcc)
  set(certify_cuda_version "")
  if(EXISTS "${certify_torch_root}/version.py")
    file(STRINGS "${certify_torch_root}/version.py" line REGEX "^cuda")
    string(REGEX MATCH "[0-9]+\\.[0-9]+" certify_cuda_version "${line}")
  endif()
  get_filename_component(site_packages "${certify_torch_root}" DIRECTORY)
  file(GLOB beside "${site_packages}/nvidia/cu*")  # where scripts/setup.sh puts PyPI's compiler
  find_program(CERTIFY_NVCC nvcc HINTS ${beside} ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin
               PATHS /usr/local/cuda/bin VALIDATOR certify_nvcc_fits)
  if(NOT CERTIFY_NVCC AND NOT certify_cuda_wheel)
    return()
  elseif(NOT CERTIFY_NVCC)
    message(FATAL_ERROR "The LibTorch at ${certify_torch_root} was built with CUDA ${certify_cuda_version}, and "
                        "no nvcc of that version was found. scripts/setup.sh --torch pip installs both; pass "
                        "-DCMAKE_CUDA_COMPILER= for one elsewhere, or -DCERTIFY_CUDA=OFF for the CPU alone.")
  endif()
  set(CMAKE_CUDA_COMPILER "${CERTIFY_NVCC}" CACHE FILEPATH "")
  get_filename_component(toolkit "${CERTIFY_NVCC}" DIRECTORY)
  get_filename_component(toolkit "${toolkit}" DIRECTORY)
  if(EXISTS "${toolkit}/include/cuda_runtime_api.h")  # nvcc may be a script elsewhere that calls the real one
    set(CUDA_TOOLKIT_ROOT_DIR "${toolkit}" CACHE PATH "")
  endif()
endfunction()

add_library(libtorch INTERFACE)
if(certify_cuda_wheel AND NOT CERTIFY_CUDA)
  # Its CMake package insists on nvcc. The libraries for the CPU need neither that nor the package.
  set(TORCH_LIBRARIES "${certify_torch_root}/lib/libtorch_cpu.so" "${certify_torch_root}/lib/libc10.so")
  set(TORCH_INCLUDE_DIRS "${certify_torch_root}/include"
                         "${certify_torch_root}/include/torch/csrc/api/include")
  file(STRINGS "${certify_torch_dir}/TorchConfig.cmake" TORCH_CXX_FLAGS REGEX "_GLIBCXX_USE_CXX11_ABI=")
  string(REGEX MATCH "-D_GLIBCXX_USE_CXX11_ABI=[01]" TORCH_CXX_FLAGS "${TORCH_CXX_FLAGS}")
  include("${certify_torch_dir}/TorchConfigVersion.cmake")
  set(Torch_VERSION "${PACKAGE_VERSION}")
  set(Torch_DIR "${certify_torch_dir}")
else()
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    certify_find_nvcc()
  endif()
  if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
    set(TORCH_CUDA_ARCH_LIST "8.0;9.0" CACHE STRING "CUDA architectures")
  endif()
  # Its config looks for its own Caffe2 package and libraries in the system's folders first, and would
  # mix a wheel with Debian's libtorch-dev where both are installed: put its folder before them.
  if(certify_torch_root)
    list(PREPEND CMAKE_PREFIX_PATH "${certify_torch_root}")
  endif()
  set(certify_flags "${CMAKE_CXX_FLAGS}")
  set(certify_cuda_flags "${CMAKE_CUDA_FLAGS}")
  find_package(Torch REQUIRED CONFIG)
  set(CMAKE_CXX_FLAGS "${certify_flags}")  # its package adds its own flags for everybody
  set(CMAKE_CUDA_FLAGS "${certify_cuda_flags}")
endif()

if(TARGET torch_cuda AND CERTIFY_CUDA)
  set(CERTIFY_HAS_CUDA ON)
  set(CERTIFY_CUDA_ARCHITECTURES "80-real;90" CACHE STRING  # and PTX of the last, for what comes after it
      "GPUs to compile our own kernels for")
  # One CUDA runtime in a process. LibTorch loads a shared one, so CMake must not link its static one
  # beside it. Where the wheel brings that shared one, the program takes it, and not the compiler's.
  set(CMAKE_CUDA_RUNTIME_LIBRARY None)
  get_filename_component(certify_site_packages "${certify_torch_root}" DIRECTORY)
  file(GLOB certify_cudart "${certify_site_packages}/nvidia/*/lib/libcudart.so.*")
  if(certify_torch_root AND certify_cudart)
    list(GET certify_cudart 0 certify_cudart)
    set_target_properties(CUDA::cudart PROPERTIES IMPORTED_LOCATION "${certify_cudart}")
  endif()
  list(FILTER TORCH_LIBRARIES EXCLUDE REGEX "libnvrtc")  # the compiler's: LibTorch loads its own
else()
  set(CERTIFY_HAS_CUDA OFF)
endif()
if(CERTIFY_CUDA AND NOT CERTIFY_CUDA STREQUAL "AUTO" AND NOT CERTIFY_HAS_CUDA)
  message(FATAL_ERROR "CERTIFY_CUDA=ON, but the LibTorch at ${Torch_DIR} has no CUDA. Pass -DTorch_DIR= of "
                      "one that has, or run scripts/setup.sh --torch pip.")
endif()

# The wheel's libtorch_cpu.so (2.11) gives away a std::filesystem of its own, whose remove_all() ends the program on
# Debian 12. The C++ library in front of it keeps the program's calls to itself.
target_link_libraries(libtorch INTERFACE "-Wl,--push-state,--no-as-needed,-lstdc++,--pop-state" ${TORCH_LIBRARIES})
target_include_directories(libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
separate_arguments(certify_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")  # the C++ ABI it was built with
target_compile_options(libtorch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${certify_torch_flags}>)
# The wheel's headers bring a newer {fmt} whose library nobody links; either one works header-only.
target_compile_definitions(libtorch INTERFACE FMT_HEADER_ONLY)
message(STATUS "LibTorch ${Torch_VERSION} at ${Torch_DIR}, CUDA: ${CERTIFY_HAS_CUDA}")
