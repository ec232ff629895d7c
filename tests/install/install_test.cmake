# Installs a build, moves the installation elsewhere, and builds and runs a program against it.
#
#   cmake -DBUILD_DIR=... -DSOURCE_DIR=... -DWORK_DIR=... -DVERSION=... -DCXX_COMPILER=... -DBUILD_TYPE=... -DGENERATOR=...
#         -P install_test.cmake

foreach(name BUILD_DIR SOURCE_DIR WORK_DIR VERSION CXX_COMPILER BUILD_TYPE GENERATOR)
  if(NOT DEFINED ${name})
    message(FATAL_ERROR "install_test.cmake needs -D${name}=...")
  endif()
endforeach()

# run(WHAT COMMAND...): fails with the command's own output; otherwise leaves it in `output`.
function(run what)
  execute_process(
    COMMAND ${ARGN}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE printed
    ERROR_VARIABLE printed_errors)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${printed}\n${printed_errors}")
  endif()
  set(output
      "${printed}"
      PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
run("cmake --install" "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${WORK_DIR}/staged")

# An installation may be packed, and unpacked anywhere.
set(prefix "${WORK_DIR}/elsewhere/prefix")
file(MAKE_DIRECTORY "${WORK_DIR}/elsewhere")
file(RENAME "${WORK_DIR}/staged" "${prefix}")

file(GLOB_RECURSE package_files "${prefix}/*.cmake")
if(NOT package_files)
  message(FATAL_ERROR "no CMake package was installed below ${prefix}")
endif()
foreach(file IN LISTS package_files)
  file(READ "${file}" content)
  if(content MATCHES "CURL::|undertone::download")
    message(FATAL_ERROR "${file} asks for libcurl: the library needs no network")
  endif()
  if(content MATCHES "Boost::|prometheus-cpp|undertone::server")
    message(FATAL_ERROR "${file} asks for what only the server needs")
  endif()
  foreach(folder "${SOURCE_DIR}" "${BUILD_DIR}" "${WORK_DIR}")
    string(FIND "${content}" "${folder}" position)
    if(NOT position EQUAL -1)
      message(FATAL_ERROR "${file} names ${folder}, which exists only where Undertone was built")
    endif()
  endforeach()
endforeach()

run("configuring the consumer"
    "${CMAKE_COMMAND}"
    -G
    "${GENERATOR}"
    -S
    "${CMAKE_CURRENT_LIST_DIR}/consumer"
    -B
    "${WORK_DIR}/consumer"
    "-DCMAKE_PREFIX_PATH=${prefix}"
    "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
    "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}"
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
file(STRINGS "${WORK_DIR}/consumer/CMakeCache.txt" found REGEX "^undertone_DIR:")
string(FIND "${found}" "${prefix}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "the consumer found another installation: ${found}")
endif()
run("building the consumer" "${CMAKE_COMMAND}" --build "${WORK_DIR}/consumer")
run("the consumer" "${CMAKE_COMMAND}" -E env "UNDERTONE_MODELS=${prefix}/share/undertone/models"
    "${WORK_DIR}/consumer/consumer")
string(STRIP "${output}" output)
if(NOT output STREQUAL "${VERSION}")
  message(FATAL_ERROR "the consumer says version '${output}'; '${VERSION}' was built")
endif()

if(PROGRAM)
  run("the installed program" "${prefix}/bin/${PROGRAM}" --version)
  string(FIND "${output}" "${VERSION}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${PROGRAM} --version says '${output}', without ${VERSION}")
  endif()
  # It finds the models that were installed with it, wherever that is.
  run("listing the installed models" "${prefix}/bin/${PROGRAM}" models list)
  string(FIND "${output}" "${prefix}/share/undertone/models/undertone-small" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${PROGRAM} models list does not show the installed default:\n${output}")
  endif()
endif()
message(STATUS "installed, moved, found, linked and run")
