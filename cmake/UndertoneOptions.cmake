# Build options, and the interface target that carries language level, warnings and sanitizers.

option(UNDERTONE_BUILD_TESTS "Build the tests" ON)
option(UNDERTONE_BUILD_BENCHMARKS "Build the benchmarks" OFF)
option(UNDERTONE_ONEDNN "Multiply with oneDNN where there is no kernel of our own, or where that is asked for" ON)
option(UNDERTONE_ENGINE_ONLY "Build only what computes, from tensors to heads: no audio, no pipeline, no program" OFF)
option(UNDERTONE_FUZZ "Build the fuzzers with libFuzzer (needs Clang)" OFF)
option(UNDERTONE_COVERAGE "Instrument for coverage" OFF)
option(UNDERTONE_WERROR "Treat warnings as errors" OFF)
set(UNDERTONE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them (e.g. address,undefined)")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(undertone_build_flags INTERFACE)
target_compile_features(undertone_build_flags INTERFACE cxx_std_20)
target_compile_options(
  undertone_build_flags
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
            -Wold-style-cast -Woverloaded-virtual $<$<BOOL:${UNDERTONE_WERROR}>:-Werror>)
if(UNDERTONE_SANITIZE)
  target_compile_options(
    undertone_build_flags INTERFACE -fsanitize=${UNDERTONE_SANITIZE} -fno-sanitize-recover=all
                                    -fno-omit-frame-pointer)
  target_link_options(undertone_build_flags INTERFACE -fsanitize=${UNDERTONE_SANITIZE})
endif()
if(UNDERTONE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "UNDERTONE_FUZZ needs Clang: configure with the preset 'fuzz'.")
  endif()
  target_compile_options(undertone_build_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(undertone_build_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(UNDERTONE_COVERAGE)
  target_compile_options(undertone_build_flags INTERFACE --coverage -O0 -g)
  target_link_options(undertone_build_flags INTERFACE --coverage)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths inside this checkout count as relative ones, so that another checkout finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                  ${CCACHE_PROGRAM})
endif()
