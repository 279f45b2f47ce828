set(CMOS_ARCH 8664)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/cmos-toolchain.cmake")
