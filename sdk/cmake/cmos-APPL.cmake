set(CMOS_ARCH APPL)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/cmos-toolchain.cmake")
