# The common part of the toolchain files cmos-<ARCH>.cmake:
#   cmake -B build -DCMAKE_TOOLCHAIN_FILE=<prefix>/share/cmake/Cmos/cmos-AR64.cmake
# add_executable() then makes .cpe files, and add_test() and try_run() run them with cmos-run. CMOS_LIBC is the C library:
# newlib (default), none, or a folder; CMOS_CC and CMOS_LINKER are --cc and --linker of cmos-cc.
set(CMAKE_SYSTEM_NAME CalamOS)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMOS_LIBC CMOS_CC CMOS_LINKER)
set(CMOS_LIBC newlib CACHE STRING "C library of programs for CalamOS: newlib, none, or a folder")

set(Cmos_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE PATH "The package with cmos_add_test()")
include("${CMAKE_CURRENT_LIST_DIR}/CmosPlaces.cmake")
if(NOT Cmos_CC)
  message(FATAL_ERROR "cmos-cc is missing: set Cmos_CC")
endif()
set(CMAKE_C_COMPILER "${Cmos_CC}")
string(REGEX REPLACE "cmos-cc$" "cmos-c++" CMAKE_CXX_COMPILER "${Cmos_CC}")
set(CMAKE_ASM_COMPILER "${Cmos_CC}")
# Objects are ELF files for another machine, and an archive of them is one for every ar.
find_program(CMAKE_AR NAMES llvm-ar-14 llvm-ar ar)
find_program(CMAKE_RANLIB NAMES llvm-ranlib-14 llvm-ranlib ranlib)
if(Cmos_RUN)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${Cmos_RUN}")
endif()

set(Cmos_flags "--arch ${CMOS_ARCH} --libc ${CMOS_LIBC}")
if(CMOS_CC)
  string(APPEND Cmos_flags " --cc ${CMOS_CC}")
endif()
if(CMOS_LINKER)
  string(APPEND Cmos_flags " --linker ${CMOS_LINKER}")
endif()
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "${Cmos_flags}")
endforeach()

# Programs come from the host, libraries and headers never do.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(mode LIBRARY INCLUDE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${mode} ONLY)
endforeach()
if(NOT CMAKE_FIND_ROOT_PATH)
  set(CMAKE_FIND_ROOT_PATH "${Cmos_SDK}")
endif()
