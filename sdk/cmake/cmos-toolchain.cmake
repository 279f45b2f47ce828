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
# check_ipo_supported() and -flto want to know the archiver of each compiler.
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_AR "${CMAKE_AR}")
  set(CMAKE_${language}_COMPILER_RANLIB "${CMAKE_RANLIB}")
endforeach()
# An emulator that the user names, with options of cmos-run (`cmos-run;--timeout;5`), is kept.
if(Cmos_RUN AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${Cmos_RUN}")
endif()

# The flags are words of a command line: what may hold a space is quoted.
set(Cmos_flags "--arch ${CMOS_ARCH} --libc \"${CMOS_LIBC}\"")
if(CMOS_CC)
  string(APPEND Cmos_flags " --cc \"${CMOS_CC}\"")
endif()
if(CMOS_LINKER)
  string(APPEND Cmos_flags " --linker \"${CMOS_LINKER}\"")
endif()
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "${Cmos_flags}")
endforeach()

# Programs come from the host, libraries, headers and packages never do: they are looked for in the SDK and in the folders
# of CMAKE_FIND_ROOT_PATH and CMAKE_PREFIX_PATH, where libraries built for CalamOS may have been installed.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(mode LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${mode} ONLY)
endforeach()
list(APPEND CMAKE_FIND_ROOT_PATH ${CMAKE_PREFIX_PATH} "${Cmos_SDK}")
list(REMOVE_DUPLICATES CMAKE_FIND_ROOT_PATH)
# pkg-config knows the host's packages unless it is told where else to look.
set(Cmos_pkgconfig "")
foreach(folder IN LISTS CMAKE_FIND_ROOT_PATH)
  list(APPEND Cmos_pkgconfig "${folder}/lib/pkgconfig" "${folder}/share/pkgconfig")
endforeach()
list(JOIN Cmos_pkgconfig ":" Cmos_pkgconfig)
set(ENV{PKG_CONFIG_LIBDIR} "${Cmos_pkgconfig}")
set(ENV{PKG_CONFIG_PATH} "")
