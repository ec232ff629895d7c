# The page of `undertone serve`: web/ is copied into the build tree, built there by npm, and embedded as one C++ source.

option(UNDERTONE_WEB "Build the page of `undertone serve` (needs Node.js 18 or newer, and npm)" ON)

if(UNDERTONE_WEB)
  find_program(NODE_PROGRAM node)
  find_program(NPM_PROGRAM npm)
  set(node_version 0)
  if(NODE_PROGRAM)
    execute_process(
      COMMAND ${NODE_PROGRAM} --version
      OUTPUT_VARIABLE node_version
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "v" "" node_version "${node_version}")
  endif()
  if(NOT NODE_PROGRAM
     OR NOT NPM_PROGRAM
     OR node_version VERSION_LESS 18)
    message(FATAL_ERROR "The page of `undertone serve` is built with Node.js 18 or newer and npm; found node '${NODE_PROGRAM}' "
                        "(${node_version}) and npm '${NPM_PROGRAM}'. Install them (Debian: apt-get install nodejs npm), or leave "
                        "the page out with -DUNDERTONE_WEB=OFF: the API is then served without it.")
  endif()
endif()

# undertone_page_assets(VARIABLE)
#
# Puts the path of the generated source into VARIABLE. To be called where the target is defined that compiles it.
function(undertone_page_assets variable)
  set(folder "${CMAKE_BINARY_DIR}/web")
  set(output "${folder}/page_assets.cpp")
  set(embed "${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake")
  if(NOT UNDERTONE_WEB)
    set(without "${PROJECT_SOURCE_DIR}/cmake/page-left-out")
    add_custom_command(
      OUTPUT "${output}"
      COMMAND ${CMAKE_COMMAND} -DFOLDER=${without} -DOUTPUT=${output} -P ${embed}
      DEPENDS "${embed}" "${without}/index.html"
      COMMENT "Embedding a note that the page was left out"
      VERBATIM)
    set(${variable} "${output}" PARENT_SCOPE)
    return()
  endif()

  set(web "${PROJECT_SOURCE_DIR}/web")
  file(
    GLOB_RECURSE sources
    RELATIVE "${web}"
    CONFIGURE_DEPENDS "${web}/src/*.ts" "${web}/src/*.scss" "${web}/src/*.svg")
  set(packages package.json package-lock.json .npmrc)
  list(APPEND sources index.html build.mjs)
  list(TRANSFORM packages PREPEND "${web}/" OUTPUT_VARIABLE package_paths)
  list(TRANSFORM sources PREPEND "${web}/" OUTPUT_VARIABLE source_paths)

  add_custom_command(
    OUTPUT "${folder}/npm.stamp"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}"
    COMMAND ${CMAKE_COMMAND} -E copy ${package_paths} "${folder}"
    COMMAND ${CMAKE_COMMAND} -E chdir "${folder}" ${NPM_PROGRAM} ci --omit=dev --ignore-scripts --no-progress --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch "${folder}/npm.stamp"
    DEPENDS ${package_paths}
    COMMENT "Installing what the page is built with"
    VERBATIM)
  add_custom_command(
    OUTPUT "${output}"
    BYPRODUCTS "${folder}/dist/index.html"
    # The copy is made anew, so that no file stays that the sources no longer have.
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${folder}/src"
    COMMAND ${CMAKE_COMMAND} -E copy_directory "${web}/src" "${folder}/src"
    COMMAND ${CMAKE_COMMAND} -E copy "${web}/index.html" "${web}/build.mjs" "${folder}"
    COMMAND ${NODE_PROGRAM} "${folder}/build.mjs"
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder}/dist -DOUTPUT=${output} -P ${embed}
    DEPENDS "${folder}/npm.stamp" "${embed}" ${source_paths}
    COMMENT "Building the page"
    VERBATIM)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()
