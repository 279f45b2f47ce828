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
target_link_libraries(cmos_unicorn INTERFACE "${CMOS_UNICORN_LIBRARY}" Threads::Threads m)
if(CMOS_STATIC)
  # libunicorn.a brings a crc32 of its own, made to behave as zlib's, in an object that is needed for crc32c; libz.a has
  # the real one. The first, zlib's, serves both.
  target_link_options(cmos_unicorn INTERFACE LINKER:-z,muldefs)
endif()
