# cmos_add_executable(NAME [ARCH arch…] [SOURCES] source…
#     [LIBC none|newlib|folder]       the C library (default: none, only <cmos.h>)
#     [CC clang|gcc|program] [LINKER cmos|lld|bfd|program] [THUMB]
#     [MINI_DISK bytes] [BACKUP_NAME name] [AUTHOR name] [SITE url] [ENTRY symbol] [NO_START]
#     [DEFINITIONS NAME[=VALUE]…] [INCLUDE_DIRECTORIES folder…]
#     [COMPILE_OPTIONS option…]       after -O2, or -O0 -g in a Debug build
#     [LINK_OPTIONS option…]          of cmos-cc when it links: -lm, -Wl,--print-map …
#     [PACK_OPTIONS option…]          of cmos-pack
#     [DEPENDS target|file…] [EXCLUDE_FROM_ALL])
#
# The target NAME makes NAME.cpe in the current binary folder; for several ARCHs ARCH/NAME.cpe. ARCH is 8664 unless said.
# It works in a project for the host, whose own compiler plays no part, and beside the toolchain files alike. Sources are
# compiled anew when they, their headers, what they .include or the SDK change. Target properties: CMOS_ARCHS, CMOS_CPE_<arch> (the file).
function(cmos_add_executable name)
  set(one LIBC CC LINKER MINI_DISK BACKUP_NAME AUTHOR SITE ENTRY)
  set(many ARCH SOURCES DEFINITIONS INCLUDE_DIRECTORIES COMPILE_OPTIONS LINK_OPTIONS PACK_OPTIONS DEPENDS)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "THUMB;NO_START;EXCLUDE_FROM_ALL" "${one}" "${many}")
  list(APPEND ARG_SOURCES ${ARG_UNPARSED_ARGUMENTS})
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "cmos_add_executable(${name}): no sources")
  endif()
  if(ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "cmos_add_executable(${name}): no value for ${ARG_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT ARG_ARCH)
    set(ARG_ARCH 8664)
  endif()

  set(driver "${Cmos_CC}")
  foreach(pair LIBC:--libc CC:--cc LINKER:--linker)
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 key)
    list(GET pair 1 option)
    if(ARG_${key})
      list(APPEND driver ${option} "${ARG_${key}}")
    endif()
  endforeach()
  if(ARG_THUMB)
    list(APPEND driver --thumb)
  endif()
  set(environment "${CMAKE_COMMAND}" -E env "CMOS_SDK=${Cmos_SDK}" "CMOS_PACK=${Cmos_PACK}")

  set(compile_options "$<IF:$<CONFIG:Debug>,-O0,-O2>" "$<$<CONFIG:Debug>:-g>" ${ARG_COMPILE_OPTIONS})
  list(TRANSFORM ARG_DEFINITIONS PREPEND -D OUTPUT_VARIABLE definitions)
  foreach(folder IN LISTS ARG_INCLUDE_DIRECTORIES)
    get_filename_component(folder "${folder}" ABSOLUTE)
    list(APPEND compile_options "-I${folder}")
  endforeach()
  list(APPEND compile_options ${definitions})

  set(link_options ${ARG_LINK_OPTIONS})
  if(ARG_NO_START)
    list(APPEND link_options --no-start)
  endif()
  foreach(pair MINI_DISK:--mini-disk BACKUP_NAME:--backup-name AUTHOR:--author SITE:--site ENTRY:--entry)
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 key)
    list(GET pair 1 option)
    if(DEFINED ARG_${key})
      list(APPEND ARG_PACK_OPTIONS ${option} "${ARG_${key}}")
    endif()
  endforeach()
  foreach(option IN LISTS ARG_PACK_OPTIONS)
    list(APPEND link_options --pack "${option}")
  endforeach()
  file(GLOB_RECURSE sdk_files "${Cmos_SDK}/include/*" "${Cmos_SDK}/lib/*" "${Cmos_SDK}/flags/*")
  list(APPEND sdk_files "${Cmos_CC}")

  set(programs "")
  list(LENGTH ARG_ARCH arch_count)
  foreach(arch IN LISTS ARG_ARCH)
    if(NOT arch IN_LIST Cmos_ARCHS)
      message(FATAL_ERROR "cmos_add_executable(${name}): unknown ARCH '${arch}': expected ${Cmos_ARCHS}")
    endif()
    set(program "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpe")
    if(arch_count GREATER 1)
      set(program "${CMAKE_CURRENT_BINARY_DIR}/${arch}/${name}.cpe")
      file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${arch}")
    endif()
    set(objects "")
    set(link_driver "${driver}")
    foreach(source IN LISTS ARG_SOURCES)
      _cmos_compile("${name}" "${arch}" "${source}")
    endforeach()
    add_custom_command(OUTPUT "${program}"
      COMMAND ${environment} ${link_driver} --arch ${arch} ${objects} ${link_options} -o "${program}"
      DEPENDS ${objects} ${sdk_files} ${ARG_DEPENDS}
      COMMENT "Linking CalamOS program ${name}.cpe (${arch})" VERBATIM COMMAND_EXPAND_LISTS)
    list(APPEND programs "${program}")
  endforeach()

  set(all ALL)
  if(ARG_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  add_custom_target(${name} ${all} DEPENDS ${programs})
  set_target_properties(${name} PROPERTIES CMOS_ARCHS "${ARG_ARCH}")
  foreach(arch program IN ZIP_LISTS ARG_ARCH programs)
    set_target_properties(${name} PROPERTIES CMOS_CPE_${arch} "${program}")
  endforeach()
endfunction()

# One source of a program to one object, appended to `objects` of cmos_add_executable(), whose variables it reads. An
# object, or an archive, is taken as it is.
macro(_cmos_compile name arch source)
  get_filename_component(path "${source}" ABSOLUTE)
  get_filename_component(kind "${source}" LAST_EXT)
  if(kind MATCHES "^[.](o|a|obj|rlib|cpo)$")
    list(APPEND objects "${path}")
  else()
    file(RELATIVE_PATH relative "${CMAKE_CURRENT_SOURCE_DIR}" "${path}")
    if(relative MATCHES "^[.][.]|^/")
      string(MD5 relative "${path}")
    endif()
    set(object "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}.dir/${arch}/${relative}.o")
    if(kind STREQUAL ".asm")
      string(REGEX REPLACE "[.]o$" ".cpo" object "${object}")
    endif()
    get_filename_component(folder "${object}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    set(depfile "")
    set(depend_options "")
    if(NOT kind STREQUAL ".s")
      set(depfile DEPFILE "${object}.d")
      set(depend_options -MD -MF "${object}.d" -MQ "${object}")
    endif()
    if(kind MATCHES "^[.](cc|cpp|cxx|C|c[+][+])$")
      # The driver's other name adds what C++ needs when it links.
      list(TRANSFORM link_driver REPLACE "cmos-cc$" "cmos-c++")
    endif()
    add_custom_command(OUTPUT "${object}"
      COMMAND ${environment} ${driver} --arch ${arch} ${compile_options} ${depend_options} -c "${path}" -o "${object}"
      DEPENDS "${path}" ${sdk_files} ${ARG_DEPENDS} ${depfile}
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
      COMMENT "Building CalamOS object ${name}: ${source} (${arch})" VERBATIM COMMAND_EXPAND_LISTS)
    list(APPEND objects "${object}")
  endif()
endmacro()
