# Precompiled headers shorten the builds that nobody installs: of the sanitized build everything, of the others the tests
# (with googletest's headers, whose parsing costs more than what follows). What is installed is compiled without, so that
# an #include that is missing is found.
set(CMOS_PRECOMPILED_STANDARD <algorithm> <array> <cstdint> <cstring> <functional> <map> <memory> <optional> <set> <span>
  <string> <string_view> <vector> <filesystem> <fmt/format.h> <nlohmann/json.hpp>)

# cmos_precompiled_headers(NAME HEADERS header… OPTIONS flag…): what targets with the same flags can reuse.
function(cmos_precompiled_headers name)
  cmake_parse_arguments(ARG "" "" "HEADERS;OPTIONS;LINK" ${ARGN})
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc" CONTENT "// Only here to have the headers compiled.\n")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE ${CMOS_WARNING_FLAGS} ${ARG_OPTIONS})
  target_link_libraries(${name} PRIVATE cmos_fmt nlohmann_json::nlohmann_json ${ARG_LINK})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

if(CMOS_SANITIZE)
  cmos_precompiled_headers(cmos_precompiled HEADERS ${CMOS_PRECOMPILED_STANDARD})
  cmos_precompiled_headers(cmos_precompiled_tools HEADERS ${CMOS_PRECOMPILED_STANDARD} <CLI/CLI.hpp> OPTIONS -O0
    LINK CLI11::CLI11)
endif()
if(CMOS_TESTS)
  find_package(GTest REQUIRED)
  cmos_precompiled_headers(cmos_precompiled_tests HEADERS ${CMOS_PRECOMPILED_STANDARD} <gtest/gtest.h> <gmock/gmock.h>
    OPTIONS -O0 LINK GTest::gtest GTest::gmock)
endif()

# cmos_precompile(TARGET [TESTS|TOOLS]): lets the target use them where this build has them. Tests, and tools of the
# sanitized build, are compiled with -O0.
function(cmos_precompile target)
  if("TESTS" IN_LIST ARGN)
    target_precompile_headers(${target} REUSE_FROM cmos_precompiled_tests)
  elseif(CMOS_SANITIZE AND "TOOLS" IN_LIST ARGN)
    target_compile_options(${target} PRIVATE -O0)  # code that reads a command line once
    target_precompile_headers(${target} REUSE_FROM cmos_precompiled_tools)
  elseif(CMOS_SANITIZE)
    target_precompile_headers(${target} REUSE_FROM cmos_precompiled)
  endif()
endfunction()

# Files that use a name for themselves which another one of their folder has for itself, too.
set(CMOS_COMPILED_ALONE arch/m68k.cc arch/z80.cc coil/debug_builder.cc coil/lower_arithmetic.cc coil/lower_control.cc
  coil/structures.cc coil/type_names.cc formats/archive/write.cc formats/coil/cbc_code.cc formats/coil/cbc_file.cc
  formats/coil/describe_object.cc formats/coil/opcodes.cc formats/coil/rules.cc formats/cpe/mini_disk.cc
  formats/cpo/link.cc formats/elf/big_object.cc formats/elf/describe.cc formats/elf/small_program.cc
  formats/module/write.cc formats/whitesmith/read.cc inspect/nm.cc linker/explain.cc linker/whitesmith/areas.cc
  loader/flat.cc relocation/relocation_apply.cc runtime/trace/trace_json.cc sandbox/call_filter.cc vfs/aside_file.cc)

# cmos_unite(TARGET source…): lets the sanitized build compile several files as one, which halves its time. What is
# installed is compiled file by file, so that a program takes no more of a library than it needs.
function(cmos_unite target)
  if(NOT CMOS_SANITIZE)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${source}")
    if(path IN_LIST CMOS_COMPILED_ALONE OR path MATCHES "^(assembler|emu)/")
      set_source_files_properties("${source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
