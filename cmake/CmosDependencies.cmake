# Every package comes from Debian 12; docs/dependencies.md says why each is there.
find_package(Threads REQUIRED)
set(ZLIB_USE_STATIC_LIBS ${CMOS_STATIC})
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CAPSTONE REQUIRED IMPORTED_TARGET capstone)
pkg_check_modules(UNICORN REQUIRED unicorn)
find_path(CMOS_TL_EXPECTED_INCLUDE tl/expected.hpp REQUIRED)  # in the default include path

# Debian ships spdlog and fmt without static libraries. fmt's compiled half is in base/fmt_library.cc; spdlog is used by
# one file, as headers. Their CMake targets would bring the shared libraries in.
add_library(cmos_fmt INTERFACE)
target_include_directories(cmos_fmt SYSTEM INTERFACE $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
add_library(cmos_spdlog INTERFACE)
target_compile_definitions(cmos_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_include_directories(cmos_spdlog SYSTEM INTERFACE $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)

add_library(cmos_capstone INTERFACE)
find_library(CMOS_CAPSTONE_STATIC libcapstone.a)
find_library(CMOS_CAPSTONE_SHARED libcapstone.so)
if(CMOS_STATIC)
  target_link_libraries(cmos_capstone INTERFACE "${CMOS_CAPSTONE_STATIC}")
else()
  target_link_libraries(cmos_capstone INTERFACE "${CMOS_CAPSTONE_SHARED}")
endif()

add_library(cmos_unicorn INTERFACE)
if(CMOS_UNICORN STREQUAL "tuned")
  find_library(CMOS_UNICORN_LIBRARY libunicorn.a REQUIRED)
else()
  find_library(CMOS_UNICORN_LIBRARY libunicorn.so REQUIRED)
  if(CMOS_STATIC)
    message(FATAL_ERROR "CMOS_STATIC needs CMOS_UNICORN=tuned: the plain build uses the shared library")
  endif()
endif()
target_link_libraries(cmos_unicorn INTERFACE Threads::Threads m)
if(NOT CMOS_UNICORN STREQUAL "tuned")  # the tuned one is a part of cmos_emu, see emu/CMakeLists.txt
  target_link_libraries(cmos_unicorn INTERFACE "${CMOS_UNICORN_LIBRARY}")
endif()

# cmos_merge_unicorn(TARGET): makes what the static library TARGET, which has emu/, needs of libunicorn.a a part of it.
function(cmos_merge_unicorn target)
  set(script "${PROJECT_SOURCE_DIR}/cmake/merge-unicorn")
  set(wrapped "${PROJECT_BINARY_DIR}/emu/wrapped.txt")
  # A static library has no LINK_DEPENDS: one object of it stands for them.
  set_property(SOURCE "${PROJECT_SOURCE_DIR}/emu/unicorn/rows.cc" APPEND PROPERTY OBJECT_DEPENDS
    "${script};${wrapped};${CMOS_UNICORN_LIBRARY}")
  # Those of binutils, whichever compiler is taken: they agree with each other on what --wrap means.
  foreach(tool ar ld.bfd nm objcopy)
    string(MAKE_C_IDENTIFIER "CMOS_BINUTILS_${tool}" variable)
    find_program(${variable} ${tool} REQUIRED)
  endforeach()
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND "${CMAKE_COMMAND}" -E env "AR=${CMOS_BINUTILS_ar}" "LD=${CMOS_BINUTILS_ld_bfd}" "NM=${CMOS_BINUTILS_nm}"
      "OBJCOPY=${CMOS_BINUTILS_objcopy}" "${script}" $<TARGET_FILE:${target}> "${CMOS_UNICORN_LIBRARY}" "${wrapped}")
endfunction()

# The Z80.
add_library(cmos_z80ex INTERFACE)
find_library(CMOS_Z80EX_STATIC libz80ex.a)
find_library(CMOS_Z80EX_SHARED libz80ex.so)
if(CMOS_STATIC)
  target_link_libraries(cmos_z80ex INTERFACE "${CMOS_Z80EX_STATIC}")
else()
  target_link_libraries(cmos_z80ex INTERFACE "${CMOS_Z80EX_SHARED}")
endif()

# libdw reads DWARF; its static library needs what compressed debug sections may be packed with.
add_library(cmos_dw INTERFACE)
if(CMOS_STATIC)
  foreach(name libdw.a libelf.a liblzma.a libbz2.a libz.a)
    string(MAKE_C_IDENTIFIER "CMOS_${name}" variable)
    find_library(${variable} ${name} REQUIRED)
    target_link_libraries(cmos_dw INTERFACE "${${variable}}")
  endforeach()
  target_link_libraries(cmos_dw INTERFACE Threads::Threads)
else()
  find_library(CMOS_DW_SHARED libdw.so REQUIRED)
  find_library(CMOS_ELF_SHARED libelf.so REQUIRED)
  target_link_libraries(cmos_dw INTERFACE "${CMOS_DW_SHARED}" "${CMOS_ELF_SHARED}")
endif()
