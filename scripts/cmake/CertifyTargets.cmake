# How this project's own targets are compiled: C++20, every warning on, third-party headers SYSTEM and parsed once.

option(CERTIFY_WERROR "Warnings are errors" OFF)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

find_program(CERTIFY_CCACHE ccache)
if(CERTIFY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What one checkout compiled serves the others, whatever folder they are in. A precompiled header is newer than
  # the compilation that reads it and hides the macros it was made with: ccache must accept both.
  set(certify_launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
                       CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                       "${CERTIFY_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${certify_launcher}")
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${certify_launcher}")
endif()

add_library(certify_options INTERFACE)
# Bits must not depend on the compiler's liking for fused multiply-add: it is written out where wanted.
target_compile_options(certify_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion -ffp-contract=off>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${CERTIFY_WERROR}>>:-Werror>
  # ccache asks for it, to see which precompiled header a file reads.
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>
  # GCC 12 sees copies that overlap or are too long in "text" + std::string at -O3 (its bug 105651).
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict>
  "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-stringop-overflow;-Wno-array-bounds>")
target_include_directories(certify_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_link_libraries(certify_options INTERFACE fmt::fmt)  # as its macros must be those of the precompiled headers
if(CERTIFY_SANITIZE)
  target_compile_options(certify_options INTERFACE -fsanitize=address,undefined
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CERTIFY_TORCH)  # which hides the type information of classes that its headers use
    target_compile_options(certify_options INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(certify_options INTERFACE -fsanitize=address,undefined)
endif()

# certify_precompiled(NAME HEADERS … [USES third-party targets …]): headers that are parsed once for all targets
# that reuse them. Those targets must use the same third-party targets, as macros must be the same.
function(certify_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;USES" ${ARGN})
  set(empty "${PROJECT_BINARY_DIR}/generated/empty.cpp")
  file(CONFIGURE OUTPUT "${empty}" CONTENT "")
  add_library(${name} OBJECT "${empty}")
  target_link_libraries(${name} PRIVATE certify_options ${arg_USES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# certify_library(NAME SOURCES … [USES own or third-party targets …] [PRIVATE …] [PRECOMPILED headers])
function(certify_library name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE certify_options ${arg_PRIVATE})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  if("libtorch" IN_LIST arg_USES OR "libtorch" IN_LIST arg_PRIVATE)
    # Its headers cost ten seconds a file, precompiled still five and 700 MB: once for eight files, in every build.
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON)
    return()
  endif()
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED certify_std_headers)
  endif()
  target_precompile_headers(${name} REUSE_FROM ${arg_PRECOMPILED})
endfunction()

# certify_cold(TARGET…): code that runs once a command. At -O1 it compiles a third faster than at -O3.
# GCC 13 and later set these at -O2 and above, and would not read at -O1 a header that was precompiled with them.
include(CheckCXXCompilerFlag)
set(certify_of_o2 -munroll-only-small-loops -mvzeroupper)
check_cxx_compiler_flag("${certify_of_o2}" CERTIFY_HAS_FLAGS_OF_O2)
function(certify_cold)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>
      "$<$<AND:$<CONFIG:Release>,$<BOOL:${CERTIFY_HAS_FLAGS_OF_O2}>>:${certify_of_o2}>")
  endforeach()
endfunction()

# certify_embed(TARGET NAME FILE): the text of FILE in the target's code, as the std::string_view certify::NAME,
# which a header declares extern.
function(certify_embed target name file)
  file(READ "${file}" text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [=[
#include <string_view>

namespace certify {
extern const std::string_view @name@;
constinit const std::string_view @name@ = R"~~~~(@text@)~~~~";
}  // namespace certify
]=])
  target_sources(${target} PRIVATE "${source}")
endfunction()

# What every target with kernels needs. Correctly rounded operations only: their bits are the host's.
function(certify_cuda_target name)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:
    -fmad=false -prec-div=true -prec-sqrt=true -ftz=false
    -Xcompiler=-Wall,-Wextra $<$<BOOL:${CERTIFY_WERROR}>:--Werror=all-warnings -Xcompiler=-Werror>>)
  set_target_properties(${name} PROPERTIES CUDA_ARCHITECTURES "${CERTIFY_CUDA_ARCHITECTURES}"
    CUDA_STANDARD 17)  # CMake 3.25 knows no later one for CUDA; kernels include no header of LibTorch
  target_link_libraries(${name} PUBLIC CUDA::cudart)
endfunction()

# certify_test(NAME SOURCES … USES …): one GoogleTest program; each TEST becomes a ctest of its own.
function(certify_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES} certify_options GTest::gtest GTest::gmock
                        GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${PROJECT_BINARY_DIR}/generated")
  set(properties TIMEOUT 600)
  if(arg_LABELS)
    list(APPEND properties LABELS "${arg_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()
