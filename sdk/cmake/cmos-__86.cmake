set(CMOS_ARCH __86)
set(CMAKE_SYSTEM_PROCESSOR i686)
include("${CMAKE_CURRENT_LIST_DIR}/cmos-toolchain.cmake")
