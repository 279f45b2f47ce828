# cmake -DBUILD=… -DTREE=… -P install.cmake: installs the build beside TREE, and moves it there.
get_filename_component(parent "${TREE}" DIRECTORY)
file(REMOVE_RECURSE "${TREE}" "${parent}/first place")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${parent}/first place" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${parent}/first place" "${TREE}")
