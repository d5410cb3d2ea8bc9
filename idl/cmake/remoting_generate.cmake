# remoting_generate(<target> IDL <file>... [IMPORT_DIRS <dir>...])
#
# Compiles IDL files and adds what comes out to <target>: sources, include folder, link to remoting::proxies.
#   IDL          files, relative to the current source folder or absolute. Below the current source folder a file keeps
#                its relative folder: api/bank.idl becomes <api/bank.remoting.hpp>; one from elsewhere becomes
#                <name.remoting.hpp>.
#   IMPORT_DIRS  where `import` looks, after the folder of the importing file.
# Editing an IDL file, one it imports, or the compiler generates again; what comes out the same is not recompiled.
function(remoting_generate target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "IDL;IMPORT_DIRS")
  if(NOT TARGET "${target}")
    message(FATAL_ERROR "remoting_generate: there is no target '${target}'; add_executable or add_library comes first")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "remoting_generate(${target}): unknown argument '${arg_UNPARSED_ARGUMENTS}'; "
                        "use remoting_generate(<target> IDL <file>... [IMPORT_DIRS <dir>...])")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES OR NOT arg_IDL)
    message(FATAL_ERROR "remoting_generate(${target}): name one IDL file or more behind IDL")
  endif()
  get_target_property(imported "${target}" IMPORTED)
  get_target_property(aliased "${target}" ALIASED_TARGET)
  get_target_property(type "${target}" TYPE)
  if(imported OR aliased OR NOT type MATCHES "^(EXECUTABLE|(STATIC|SHARED|MODULE|OBJECT)_LIBRARY)$")
    message(FATAL_ERROR "remoting_generate: '${target}' must be an executable or a library with sources of its own, "
                        "not an alias, imported or INTERFACE target")
  endif()

  set(output_root "${CMAKE_CURRENT_BINARY_DIR}/remoting/${target}")
  set(import_options "")
  set(include_dirs "${output_root}")
  foreach(dir IN LISTS arg_IMPORT_DIRS)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    if(NOT IS_DIRECTORY "${dir}")
      message(FATAL_ERROR "remoting_generate(${target}): IMPORT_DIRS: there is no folder '${dir}'")
    endif()
    list(APPEND import_options --include-dir "${dir}")
    # What `import` finds there, #include finds where that folder's files are generated.
    cmake_path(IS_PREFIX CMAKE_CURRENT_SOURCE_DIR "${dir}" NORMALIZE is_below)
    if(is_below)
      cmake_path(RELATIVE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE folder)
      cmake_path(APPEND output_root "${folder}" OUTPUT_VARIABLE include_dir)
      cmake_path(NORMAL_PATH include_dir)
      list(APPEND include_dirs "${include_dir}")
    endif()
  endforeach()

  set(generated "")
  foreach(idl IN LISTS arg_IDL)
    cmake_path(ABSOLUTE_PATH idl BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE input)
    cmake_path(GET input EXTENSION LAST_ONLY extension)
    if(NOT extension STREQUAL ".idl")
      message(FATAL_ERROR "remoting_generate(${target}): '${idl}' does not end in '.idl'")
    endif()
    get_source_file_property(is_generated "${input}" GENERATED)
    if(NOT EXISTS "${input}" AND NOT is_generated)
      message(FATAL_ERROR "remoting_generate(${target}): there is no file '${input}'")
    endif()
    cmake_path(GET input STEM LAST_ONLY name)
    cmake_path(GET input PARENT_PATH folder)
    set(output_dir "${output_root}")
    cmake_path(IS_PREFIX CMAKE_CURRENT_SOURCE_DIR "${folder}" NORMALIZE is_below)
    if(is_below)
      cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
      cmake_path(APPEND output_dir "${folder}")
      cmake_path(NORMAL_PATH output_dir)
    endif()
    cmake_path(APPEND output_dir "${name}.remoting" OUTPUT_VARIABLE base)
    set(outputs "${base}.hpp" "${base}.serialization.hpp" "${base}.async.hpp" "${base}.mock.hpp" "${base}.cpp")
    list(GET outputs 0 first)
    if(first IN_LIST generated)
      message(FATAL_ERROR "remoting_generate(${target}): two IDL files would both become '${first}'")
    endif()

    # Ninja looks again at outputs that were not rewritten (restat); other generators would run the command for ever.
    set(touch "")
    if(NOT CMAKE_GENERATOR MATCHES "Ninja")
      set(touch COMMAND "${CMAKE_COMMAND}" -E touch ${outputs})
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND remoting::idl generate --output-dir "${output_dir}" ${import_options} --depfile "${base}.d" "${input}"
      ${touch}
      DEPENDS "${input}" remoting::idl
      DEPFILE "${base}.d"
      COMMENT "Generating ${name}.remoting.hpp from ${idl}"
      VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()

  target_sources("${target}" PRIVATE ${generated})
  if(type STREQUAL "EXECUTABLE")
    set(scope PRIVATE)
  else()
    set(scope PUBLIC)
  endif()
  list(REMOVE_DUPLICATES include_dirs)
  target_include_directories("${target}" ${scope} "$<BUILD_INTERFACE:${include_dirs}>")
  target_link_libraries("${target}" ${scope} remoting::proxies)
endfunction()
