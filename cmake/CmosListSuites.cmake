# Run as a script after a test program was built: cmake -D PROGRAM=… -D PREFIX=… -D LIST=… -P CmosListSuites.cmake writes
# the ctest commands of its suites to LIST.
execute_process(COMMAND "${PROGRAM}" --gtest_list_tests OUTPUT_VARIABLE output RESULT_VARIABLE status TIMEOUT 60)
if(NOT status EQUAL 0)
  file(REMOVE "${PROGRAM}")  # so that the next build asks again
  message(FATAL_ERROR "${PROGRAM} --gtest_list_tests ended with ${status}")
endif()
string(REGEX MATCHALL "[^\n]+" lines "${output}")
set(content "")
foreach(line IN LISTS lines)
  # A suite's line is its name with a dot, after which a comment may follow; its tests are indented.
  if(line MATCHES "^([A-Za-z_][A-Za-z0-9_/]*)\\.( |$)")
    set(suite "${CMAKE_MATCH_1}")
    string(APPEND content "add_test([=[${PREFIX}/${suite}]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=])\n"
      "set_tests_properties([=[${PREFIX}/${suite}]=] PROPERTIES TIMEOUT 300)\n")
  endif()
endforeach()
file(WRITE "${LIST}" "${content}")
