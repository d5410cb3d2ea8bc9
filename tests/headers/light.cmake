execute_process(COMMAND "${IDL}" generate --output-dir "${FOLDER}" "${INPUT}" COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${FOLDER}/only.cpp" "#include \"light.remoting.hpp\"\n")
execute_process(
  COMMAND "${COMPILER}" -std=c++20 -M "-I${FOLDER}" "-I${SOURCE}/core/include" "-I${SOURCE}/proxies/include"
          "${FOLDER}/only.cpp"
  OUTPUT_VARIABLE includes COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \\\n]*(boost|openssl|/archive|asio)[^ \\\n]*" heavy "${includes}")
if(heavy)
  message(FATAL_ERROR "a generated header includes ${heavy}")
endif()
if(NOT includes MATCHES "light\\.remoting\\.hpp")
  message(FATAL_ERROR "the compiler listed no includes: ${includes}")
endif()
