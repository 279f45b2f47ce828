# pkg-config's cmos.pc: the C interface, by libcmos.so or, with --static and -static, by libcmos.a. That is a script of the
# linker which names the libraries of the folders, since it would only have copies of them.
list(TRANSFORM libraries PREPEND "-l" OUTPUT_VARIABLE members)
list(JOIN members " " members)
set(private "-lcapstone -lz80ex -ldw -lelf -llzma -lbz2 -lz -lstdc++ -lm -lpthread")
if(NOT CMOS_UNICORN STREQUAL "tuned")
  string(PREPEND private "-lunicorn ")
endif()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/libcmos.a" @ONLY CONTENT "/* GNU ld script */\nGROUP ( @members@ )\n")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/libcmos.a" DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The folders are told from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH from_pkgconfig "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/cmos.pc" @ONLY CONTENT [[
prefix=${pcfiledir}/@from_pkgconfig@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: cmos
Description: @PROJECT_DESCRIPTION@: the interface for hosts in C
Version: @PROJECT_VERSION@
Cflags: -I${includedir}
Libs: -L${libdir} -lcmos
Libs.private: @private@
]])
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cmos.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
