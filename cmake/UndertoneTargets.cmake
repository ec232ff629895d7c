# undertone_add_module(NAME [PROGRAM_ONLY] SOURCES ... [PUBLIC targets ...] [PRIVATE targets ...])
#
# One static library per folder of src/. Headers are included as "module/header.hpp" from src/; the public ones as
# <undertone/header.hpp> from include/. PROGRAM_ONLY: no part of the installed library, which then cannot link it.
function(undertone_add_module name)
  cmake_parse_arguments(ARG "PROGRAM_ONLY" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target undertone_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(undertone::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(
    ${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                     $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:undertone_build_flags>)
  if(NOT ARG_PROGRAM_ONLY)
    set_property(GLOBAL APPEND PROPERTY UNDERTONE_MODULES ${target})
  endif()
endfunction()

# undertone_add_test(NAME SOURCES ... LINK targets ... [LABELS ...])
#
# One GoogleTest program; its cases become ctest tests called NAME.Suite.Case.
function(undertone_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  set(target undertone_${name}_test)
  set(labels)
  if(ARG_LABELS)
    set(labels LABELS "${ARG_LABELS}")
  endif()
  add_executable(${target} ${ARG_SOURCES})
  if(UNDERTONE_SANITIZE MATCHES "undefined")
    # What is tested is checked for undefined behaviour; checking the tests' own code would double the time to compile it.
    set_source_files_properties(${ARG_SOURCES} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
  endif()
  # The second holds support/paths.hpp.
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_BINARY_DIR}/tests/generated)
  target_link_libraries(${target} PRIVATE ${ARG_LINK} undertone_build_flags GTest::gtest_main GTest::gmock)
  gtest_discover_tests(
    ${target}
    TEST_PREFIX "${name}."
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300 ${labels})
endfunction()

# undertone_add_fuzzer(NAME SOURCE file LINK targets ...)
#
# Under UNDERTONE_FUZZ a libFuzzer program; otherwise a program that replays fuzz/corpus/NAME in ctest.
function(undertone_add_fuzzer name)
  cmake_parse_arguments(ARG "" "SOURCE" "LINK" ${ARGN})
  set(target fuzz_${name})
  set(corpus "${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}")
  if(UNDERTONE_FUZZ)
    add_executable(${target} ${ARG_SOURCE})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${target} ${ARG_SOURCE} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cpp)
    add_test(NAME fuzz_replay.${name} COMMAND ${target} "${corpus}")
    set_tests_properties(fuzz_replay.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
  target_link_libraries(${target} PRIVATE ${ARG_LINK} undertone_build_flags)
endfunction()
