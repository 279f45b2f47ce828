# find_package(cmos) for programs that embed the libraries: cmos::runtime, cmos::formats_cpe, …
include(CMakePackageConfigHelpers)
get_property(libraries GLOBAL PROPERTY CMOS_LIBRARIES)
install(TARGETS ${libraries} cmos_fmt cmos_spdlog cmos_capstone cmos_dw cmos_unicorn cmos_z80ex EXPORT cmosTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(folder base arch relocation object formats sandbox linker assembler symbolize disasm inspect emu loader vfs minidisk syscalls runtime)
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}")
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cmos FILES_MATCHING PATTERN "*.h")
  endif()
endforeach()
install(EXPORT cmosTargets NAMESPACE cmos:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)
configure_package_config_file(cmake/cmosConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/cmosConfig.cmake"
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/cmosConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cmosConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/cmosConfigVersion.cmake"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cmos)

# The documents with everything that they lead to, laid out as in the source tree so that their links hold.
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs samples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN CMakeLists.txt EXCLUDE)
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
