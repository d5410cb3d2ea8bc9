# What `cmake --install` puts where, and the package that find_package(remoting) finds.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/remoting")

install(TARGETS remoting_core remoting_channels remoting_dynamic remoting_sinks remoting_call remoting_idl
        EXPORT remoting-targets FILE_SET HEADERS)
install(TARGETS remoting_proxies EXPORT remoting-targets FILE_SET HEADERS FILE_SET generated)
if(TARGET remoting_mailslot)
  install(TARGETS remoting_mailslot EXPORT remoting-targets FILE_SET HEADERS)
endif()
install(EXPORT remoting-targets NAMESPACE remoting:: DESTINATION "${package_dir}")
# Apart, because they can be found only where the libraries they need are there.
foreach(library IN ITEMS spdlog zstd)
  install(TARGETS "remoting_${library}" EXPORT "remoting-${library}-targets" FILE_SET HEADERS)
  install(EXPORT "remoting-${library}-targets" NAMESPACE remoting:: DESTINATION "${package_dir}")
endforeach()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/remoting-config.cmake.in" "${PROJECT_BINARY_DIR}/remoting-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/remoting-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/remoting-config.cmake" "${PROJECT_BINARY_DIR}/remoting-config-version.cmake"
        "${PROJECT_SOURCE_DIR}/idl/cmake/remoting_generate.cmake"
  DESTINATION "${package_dir}")

# The pages that a user of the package reads, and the samples. They link to each other as in the source tree; links to headers
# lead to where those are installed, and what is not installed is only named.
file(RELATIVE_PATH headers "/prefix/${CMAKE_INSTALL_DOCDIR}" "/prefix/${CMAKE_INSTALL_INCLUDEDIR}")
foreach(page IN ITEMS README.md idl/README.md channels/README.md proxies/README.md proxies/dynamic/README.md core/README.md
                     core/src/serialization/README.md sinks/README.md)
  cmake_path(GET page PARENT_PATH folder)
  string(REGEX REPLACE "[^/]+" ".." up "${folder}")
  set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${page}")
  file(READ "${PROJECT_SOURCE_DIR}/${page}" text)
  string(REGEX REPLACE "\\]\\((\\.\\./)*([a-z]+/)*include/" "](${up}/${headers}/" text "${text}")
  string(REPLACE "](/${headers}" "](${headers}" text "${text}")
  string(REGEX REPLACE "\\[([^]]*)\\]\\(tests/[^)]*\\)" "\\1" text "${text}")
  file(WRITE "${PROJECT_BINARY_DIR}/doc/${page}" "${text}")
  install(FILES "${PROJECT_BINARY_DIR}/doc/${page}" DESTINATION "${CMAKE_INSTALL_DOCDIR}/${folder}")
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/samples" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
