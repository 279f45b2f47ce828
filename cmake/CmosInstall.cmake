# find_package(cmos) for programs that embed the libraries: cmos::runtime, cmos::formats_cpe, …
include(CMakePackageConfigHelpers)
get_property(libraries GLOBAL PROPERTY CMOS_LIBRARIES)
install(TARGETS ${libraries} cmos_fmt cmos_spdlog cmos_capstone cmos_dw cmos_unicorn cmos_z80ex EXPORT cmosTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET cmos_shared)
  # Of its own, since who wants no more than this needs none of the packages of the others.
  install(TARGETS cmos_shared EXPORT cmosSharedTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT cmosSharedTargets NAMESPACE cmos:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)
endif()
include(CmosPkgConfig)
# Headers are <cmos/…> there, among themselves too, so that nobody's "base/error.h" is taken for ours. Those that a
# program may include, with what they include; the rest is nobody's business.
set(CMOS_PUBLIC_HEADERS
  base/host_file.h formats/cpe/cpe.h formats/cpe/program.h formats/registry/registry.h linker/linker.h linker/program.h linker/files.h
  emu/engine.h loader/loader.h vfs/namespace.h minidisk/minidisk.h syscalls/buffer_console.h syscalls/table.h
  runtime/process/process.h runtime/process/system.h runtime/console/host_console.h runtime/report/report.h runtime/trace/trace.h
  symbolize/lookup.h inspect/validate.h disasm/disasm.h)
file(GLOB_RECURSE all_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/*/*.h")
list(FILTER all_headers EXCLUDE REGEX "^${PROJECT_SOURCE_DIR}/(build|tests|tools|sdk|fuzz)/")
set(public_headers "${CMAKE_CURRENT_BINARY_DIR}/public/cmos")
add_custom_command(OUTPUT "${public_headers}/.stamp"
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE=${PROJECT_SOURCE_DIR}" "-DTARGET=${public_headers}" "-DHEADERS=${CMOS_PUBLIC_HEADERS}"
    -P "${PROJECT_SOURCE_DIR}/cmake/CmosPublicHeaders.cmake"
  DEPENDS ${all_headers} "${PROJECT_SOURCE_DIR}/cmake/CmosPublicHeaders.cmake" COMMENT "Public headers" VERBATIM)
add_custom_target(cmos_public_headers ALL DEPENDS "${public_headers}/.stamp")
install(DIRECTORY "${public_headers}" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_SOURCE_DIR}/capi/cmos.h" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cmos)  # of C: <cmos/cmos.h>
install(EXPORT cmosTargets NAMESPACE cmos:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)
configure_package_config_file(cmake/cmosConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/cmosConfig.cmake"
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/cmosConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cmosConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/cmosConfigVersion.cmake"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)

# The documents with everything that they lead to, laid out as in the source tree so that their links hold.
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs samples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN CMakeLists.txt EXCLUDE)
file(GLOB manuals CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES sdk/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/sdk)
# The SDK's own README, which lies beside the headers, finds them one folder up, as it does in the source tree.
install(CODE "
  set(sdk_parent \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/cmos\")
  file(MAKE_DIRECTORY \"\${sdk_parent}\")
  foreach(name docs samples)
    file(CREATE_LINK \"../doc/cmos/\${name}\" \"\${sdk_parent}/\${name}\" SYMBOLIC)
  endforeach()")

install(PROGRAMS scripts/cmos-binfmt DESTINATION ${CMAKE_INSTALL_BINDIR})

# cmake --build BUILD --target uninstall: removes what the last installation from this folder put somewhere.
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}" -P "${PROJECT_SOURCE_DIR}/cmake/CmosUninstall.cmake"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" COMMENT "Removing what install_manifest.txt lists" VERBATIM)
endif()
