set(CMOS_ARCH _ARM)
set(CMAKE_SYSTEM_PROCESSOR arm)
include("${CMAKE_CURRENT_LIST_DIR}/cmos-toolchain.cmake")
