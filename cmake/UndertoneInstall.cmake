# undertone_install(LIBRARY target [PROGRAM target])
#
# Installs the LIBRARY, every module it is made of, the public headers, the PROGRAM and the embedded default model, so that
# find_package(undertone) gives undertone::undertone. Called once, after all modules are defined.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

function(undertone_install)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "LIBRARY;PROGRAM" "")
  if(NOT TARGET "${ARG_LIBRARY}")
    message(FATAL_ERROR "undertone_install: LIBRARY must be a target; '${ARG_LIBRARY}' is none.")
  endif()
  set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/undertone")

  # What programs link. The modules behind it are static and are exported only because it needs them.
  add_library(undertone INTERFACE)
  add_library(undertone::undertone ALIAS undertone)
  target_link_libraries(undertone INTERFACE ${ARG_LIBRARY})
  target_include_directories(undertone INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

  get_property(modules GLOBAL PROPERTY UNDERTONE_MODULES)
  install(TARGETS undertone ${modules} EXPORT undertoneTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  if(ARG_PROGRAM)
    install(TARGETS ${ARG_PROGRAM} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  install(
    DIRECTORY ${PROJECT_SOURCE_DIR}/include/undertone
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING
    PATTERN "*.hpp")
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
  if(EXISTS ${PROJECT_SOURCE_DIR}/models/undertone-small)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/undertone-small DESTINATION ${CMAKE_INSTALL_DATADIR}/undertone/models)
  endif()

  install(
    EXPORT undertoneTargets
    NAMESPACE undertone::
    DESTINATION ${package_folder})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/undertoneConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/undertoneConfig.cmake INSTALL_DESTINATION ${package_folder})
  # Before 1.0 a new minor version may change the interface.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/undertoneConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/UndertoneDependencies.cmake ${PROJECT_BINARY_DIR}/undertoneConfig.cmake
                ${PROJECT_BINARY_DIR}/undertoneConfigVersion.cmake DESTINATION ${package_folder})
endfunction()
