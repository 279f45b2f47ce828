# cmake -DBUILD=… -DSOURCE=… -DWORK=… -DPYTHON=… -P find_package.cmake: installs the build, builds a program against the installation,
# and runs it.
file(REMOVE_RECURSE "${WORK}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/installed" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${PYTHON}" "${SOURCE}/tests/structure/installed_links.py" "${WORK}/installed" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}/tests/structure/consumer" -B "${WORK}/build"
  "-DCMAKE_PREFIX_PATH=${WORK}/installed" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}/build" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${WORK}/build/consumer" "${SOURCE}/samples/bin/8664/hello.cpe"
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "Hello, CalamOS\n")
  message(FATAL_ERROR "the program printed '${output}'")
endif()

# And away again: not a file is left.
execute_process(COMMAND "${CMAKE_COMMAND}" -P "${SOURCE}/cmake/CmosUninstall.cmake" WORKING_DIRECTORY "${BUILD}"
  COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE left "${WORK}/installed/*")
if(left)
  list(JOIN left "\n  " left)
  message(FATAL_ERROR "uninstalling leaves\n  ${left}")
endif()
