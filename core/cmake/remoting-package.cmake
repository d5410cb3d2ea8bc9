# What `cmake --install` puts where, and the package that find_package(remoting) finds.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/remoting")

install(TARGETS remoting_core remoting_channels remoting_proxies remoting_idl EXPORT remoting-targets FILE_SET HEADERS)
install(EXPORT remoting-targets NAMESPACE remoting:: DESTINATION "${package_dir}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/remoting-config.cmake.in" "${PROJECT_BINARY_DIR}/remoting-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/remoting-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/remoting-config.cmake" "${PROJECT_BINARY_DIR}/remoting-config-version.cmake"
        "${PROJECT_SOURCE_DIR}/idl/cmake/remoting_generate.cmake"
  DESTINATION "${package_dir}")
