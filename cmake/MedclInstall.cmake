# SPDX-License-Identifier: Apache-2.0
# `cmake --install` puts the program, the public headers and the static libraries into a prefix where
# find_package(MedCL) finds them: medcl::medcl is everything, medcl::<folder> is one folder.
include(GNUInstallDirs)
include(MedclPublicHeaders)
include(CMakePackageConfigHelpers)

get_property(medcl_libraries GLOBAL PROPERTY MEDCL_LIBRARIES)
add_library(medcl_all INTERFACE)
target_link_libraries(medcl_all INTERFACE ${medcl_libraries})
set_target_properties(medcl_all PROPERTIES EXPORT_NAME medcl)
add_library(medcl::medcl ALIAS medcl_all)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/MedCL)
install(TARGETS medcl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS medcl_all ${medcl_libraries} medcl_flags medcl_torch ${MEDCL_ITK_TARGET} ${MEDCL_HDF5_TARGET}
        EXPORT MedCLTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT MedCLTargets NAMESPACE medcl:: DESTINATION ${package_folder})
medcl_with_includes(medcl_installed_headers ${MEDCL_PUBLIC_HEADERS})
foreach(header IN LISTS medcl_installed_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/MedCLConfig.cmake.in
                              ${CMAKE_BINARY_DIR}/MedCLConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/MedCLConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/MedCLConfig.cmake ${CMAKE_BINARY_DIR}/MedCLConfigVersion.cmake
        DESTINATION ${package_folder})
