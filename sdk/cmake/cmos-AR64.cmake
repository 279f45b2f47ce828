set(CMOS_ARCH AR64)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/cmos-toolchain.cmake")
