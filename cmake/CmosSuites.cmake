# cmos_discover_suites(TARGET PREFIX prefix): registers every suite of a googletest program as one test. A process per
# test would cost more than most tests do, above all with sanitizers, whose start is dear.
function(cmos_discover_suites target)
  cmake_parse_arguments(ARG "" "PREFIX" "" ${ARGN})
  set(list "${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=$<TARGET_FILE:${target}>" -D "PREFIX=${ARG_PREFIX}" -D "LIST=${list}"
      -P "${CMOS_LIST_SUITES}"
    BYPRODUCTS "${list}" VERBATIM)
  # A program that was not built fails by a name that says so.
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake" @ONLY CONTENT [[
if(EXISTS "@list@")
  include("@list@")
else()
  add_test("@target@_NOT_BUILT" "@target@_NOT_BUILT")
endif()
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${CMAKE_CURRENT_BINARY_DIR}/${target}_include.cmake")
endfunction()
set(CMOS_LIST_SUITES "${CMAKE_CURRENT_LIST_DIR}/CmosListSuites.cmake")
