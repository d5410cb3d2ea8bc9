# Copies the project FOREIGN to WORK, builds it against an installation of INSTALL_FROM or within itself from
# REMOTING_SOURCE, and runs it. Then an imported IDL file changes, and so must the program.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nended with ${result}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_output expected)
  run("${WORK}/build/weather")
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "the program printed\n${output}\ninstead of\n${expected}")
  endif()
endfunction()

# The pages of an installed package lead nowhere else.
function(expect_whole_links folder)
  file(GLOB_RECURSE pages "${folder}/*.md")
  if(NOT pages)
    message(FATAL_ERROR "no pages in ${folder}")
  endif()
  foreach(page IN LISTS pages)
    file(READ "${page}" text)
    string(REPLACE "](" "link:" text "${text}") # brackets would keep the elements of a list together
    string(REGEX MATCHALL "link:[^) :#&]+[)#]" links "${text}")
    cmake_path(GET page PARENT_PATH place)
    foreach(link IN LISTS links)
      string(REGEX REPLACE "link:(.*).$" "\\1" target "${link}")
      if(NOT EXISTS "${place}/${target}")
        message(FATAL_ERROR "${page} links to ${target}, which is not there")
      endif()
    endforeach()
  endforeach()
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(COPY "${FOREIGN}/" DESTINATION "${WORK}/source")

set(options "")
foreach(
  name IN
  ITEMS CMAKE_MAKE_PROGRAM
        CMAKE_BUILD_TYPE
        CMAKE_CXX_COMPILER
        CMAKE_CXX_COMPILER_LAUNCHER
        CMAKE_CXX_FLAGS
        CMAKE_CXX_STANDARD
        CMAKE_CXX_EXTENSIONS
        REMOTING_SOURCE)
  list(APPEND options "-D${name}=${${name}}")
endforeach()
if(INSTALL_FROM)
  run("${CMAKE_COMMAND}" --install "${INSTALL_FROM}" --prefix "${WORK}/installed")
  list(APPEND options "-DCMAKE_PREFIX_PATH=${WORK}/installed")
  expect_whole_links("${WORK}/installed/share/doc/remoting")
endif()

run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${WORK}/source" -B "${WORK}/build" ${options})
run("${CMAKE_COMMAND}" --build "${WORK}/build" --parallel 2)
expect_output("Temperature{fahrenheit: 36}\nweather.UnknownPlace{place: \"Atlantis\"}\n")

run("${CMAKE_COMMAND}" --build "${WORK}/build")
if(output MATCHES "Generating|Building")
  message(FATAL_ERROR "there was nothing to do, and yet:\n${output}")
endif()

set(imported "${WORK}/source/api/units/temperature.idl")
file(READ "${imported}" idl)
string(REPLACE "FreezingPoint = 32" "FreezingPoint = 0" idl "${idl}")
file(WRITE "${imported}" "${idl}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
expect_output("Temperature{fahrenheit: 4}\nweather.UnknownPlace{place: \"Atlantis\"}\n")
