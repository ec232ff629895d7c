# Install and export: find_package(undertone) gives undertone::undertone.

include(CMakePackageConfigHelpers)

add_library(undertone INTERFACE)
add_library(undertone::undertone ALIAS undertone)
target_link_libraries(undertone INTERFACE undertone::pipeline)

get_property(modules GLOBAL PROPERTY UNDERTONE_MODULES)
install(
  TARGETS undertone ${modules}
  EXPORT undertoneTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS undertone_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/undertone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/undertone-small DESTINATION ${CMAKE_INSTALL_DATADIR}/undertone/models)
install(
  EXPORT undertoneTargets
  NAMESPACE undertone::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/undertone)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/undertoneConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/undertoneConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/undertone)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/undertoneConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/UndertoneDependencies.cmake ${CMAKE_CURRENT_BINARY_DIR}/undertoneConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/undertoneConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/undertone)
