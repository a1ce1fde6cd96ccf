# What `cmake --install` and CPack put on a machine, once the program is built: the program with its man page and completions
# (component `program`, also the .deb), and for CMake clients one static library of the layers below
# the program, their headers and a package for find_package(tpuscope) (component `development`).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The program prints its own manual and completions, so they cannot disagree with its flags. They
# are made with it, and the library before it, so that whoever built the program can install.
set(shell_files "${CMAKE_CURRENT_BINARY_DIR}/generated/shell")
file(MAKE_DIRECTORY "${shell_files}")
add_custom_command(
  TARGET tpuscope POST_BUILD
  BYPRODUCTS "${shell_files}/tpuscope.1.gz" "${shell_files}/tpuscope" "${shell_files}/_tpuscope"
             "${shell_files}/tpuscope.fish"
  COMMAND tpuscope man > tpuscope.1
  COMMAND gzip -9nf tpuscope.1
  COMMAND tpuscope completion bash > tpuscope
  COMMAND tpuscope completion zsh > _tpuscope
  COMMAND tpuscope completion fish > tpuscope.fish
  WORKING_DIRECTORY "${shell_files}"
  COMMENT "Writing the man page and the completions"
  VERBATIM)

install(TARGETS tpuscope COMPONENT program)
install(FILES "${shell_files}/tpuscope.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
        COMPONENT program)
install(FILES "${shell_files}/tpuscope" COMPONENT program
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
install(FILES "${shell_files}/_tpuscope" COMPONENT program
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions)
install(FILES "${shell_files}/tpuscope.fish" COMPONENT program
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)

# The engine of live pages, where preset `wasm` has built it beside this build: see Engine.cmake.
foreach(part js wasm)
  install(FILES "${CMAKE_BINARY_DIR}/../wasm/tpuscope-engine.${part}" COMPONENT program OPTIONAL
          DESTINATION "${CMAKE_INSTALL_DATADIR}/tpuscope")
endforeach()

# The program is a target named tpuscope, so the library is not; its file and package are.
set(library_layers ${TPUSCOPE_LAYERS})
list(REMOVE_ITEM library_layers cli)
list(TRANSFORM library_layers REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(tpuscope_archive STATIC ${objects})
set_target_properties(tpuscope_archive PROPERTIES OUTPUT_NAME tpuscope EXPORT_NAME archive
                                                  LINKER_LANGUAGE CXX)
add_dependencies(tpuscope tpuscope_archive)
install(TARGETS tpuscope_archive EXPORT tpuscope COMPONENT development)

# The facade, <tpuscope/tpuscope.h>, and beside it the headers of the layers that it includes. Those
# of ops and of ONNX serve the layers' own sources only, and would ask every client for ONNX's
# generated headers.
install(DIRECTORY tpuscope DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT development FILES_MATCHING PATTERN "*.h")
set(header_folders ${library_layers})
list(REMOVE_ITEM header_folders facade)
list(FILTER header_folders EXCLUDE REGEX "_once$")
foreach(folder IN LISTS header_folders)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tpuscope
          COMPONENT development FILES_MATCHING PATTERN "*.h"
          PATTERN "graph/onnx" EXCLUDE PATTERN "graph/ops" EXCLUDE PATTERN "builtin" EXCLUDE
          PATTERN "chips" EXCLUDE PATTERN "pages" EXCLUDE)
endforeach()
# Headers include each other from the root of the sources. Installed they do so from the include
# folder, so that it is all that clients need and no name is taken outside of tpuscope/.
list(JOIN header_folders "|" header_pattern)
install(CODE "
  set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/tpuscope\")
  file(GLOB_RECURSE headers \"\${root}/*.h\")
  foreach(header IN LISTS headers)
    file(READ \"\${header}\" text)
    string(REGEX REPLACE \"#include \\\"(${header_pattern})/\"
                         \"#include \\\"tpuscope/\\\\1/\" text \"\${text}\")
    file(WRITE \"\${header}\" \"\${text}\")
  endforeach()" COMPONENT development)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tpuscope)
configure_package_config_file(cmake/tpuscopeConfig.cmake.in generated/tpuscopeConfig.cmake
                              INSTALL_DESTINATION ${package_folder}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(generated/tpuscopeConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(EXPORT tpuscope NAMESPACE tpuscope:: FILE tpuscopeTargets.cmake
        DESTINATION ${package_folder} COMPONENT development)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/generated/tpuscopeConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/generated/tpuscopeConfigVersion.cmake"
        DESTINATION ${package_folder} COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tpuscope)
set(CPACK_PACKAGE_VENDOR tpuscope)
set(CPACK_PACKAGE_CONTACT "the authors of tpuscope")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Cycle-approximate simulator of Sophgo TPUs")
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME tpuscope)
set(CPACK_DEBIAN_PROGRAM_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# Clients link the library with what it uses; its headers include Boost's and fmt's.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtpuscope-dev)
set(CPACK_DEBIAN_DEVELOPMENT_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "library, headers and CMake package")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libboost-dev, nlohmann-json3-dev, libfmt-dev, libprotobuf-dev, libonnx-dev, libnlopt-dev, \
libre2-dev, libssl-dev, libutf8proc-dev, zlib1g-dev")
if(TPUSCOPE_PYTHON AND pybind11_FOUND)
  list(APPEND CPACK_COMPONENTS_ALL python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-tpuscope)
  set(CPACK_DEBIAN_PYTHON_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
  set(CPACK_COMPONENT_PYTHON_DESCRIPTION "module for Python 3")
  # The native part is for one minor version of Python.
  math(EXPR next_python "${Python_VERSION_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
      "python3 (>= 3.${Python_VERSION_MINOR}), python3 (<< 3.${next_python})")
endif()
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
