# find_package(Cmos): programs for CalamOS and their tests, in projects of any kind.
#
#   cmos_add_executable(hello ARCH 8664 AR64 SOURCES hello.c LIBC newlib)     CmosPrograms.cmake
#   cmos_add_test(NAME greets CPE hello EXPECT_STDOUT "Hello\n")              CmosTests.cmake
#
# Installed, or from a checkout: -DCmos_DIR=<checkout>/sdk/cmake. (The package `cmos`, all lower case, is another one: the
# C++ libraries that embed the emulator.)
#
# Sets Cmos_CC, Cmos_RUN, Cmos_SDK; Cmos_ARCHS lists what cmos-cc compiles for.
cmake_minimum_required(VERSION 3.20)

set(Cmos_ARCHS 8664 __86 _ARM AR64 APPL)
include("${CMAKE_CURRENT_LIST_DIR}/CmosPlaces.cmake")
if(NOT Cmos_CC OR NOT Cmos_RUN)
  set(Cmos_FOUND FALSE)
  set(Cmos_NOT_FOUND_MESSAGE "cmos-cc (found: ${Cmos_CC}) or cmos-run (found: ${Cmos_RUN}) is missing: name them with Cmos_CC and Cmos_RUN")
  return()
endif()
include("${CMAKE_CURRENT_LIST_DIR}/CmosPrograms.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/CmosTests.cmake")
