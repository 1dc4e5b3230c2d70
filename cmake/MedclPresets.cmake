# SPDX-License-Identifier: Apache-2.0
# Turns configs/*.toml into one source file, so that the program needs no file beside it.
file(GLOB presets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/configs/*.toml)
set(source "// Made from configs/*.toml.\n#include \"medcl/task/presets.h\"\n\nnamespace medcl {\n\nconst std::map<std::string, std::string>& built_in_presets() {\n  static const std::map<std::string, std::string> presets{\n")
foreach(preset ${presets})
  get_filename_component(name ${preset} NAME_WE)
  file(READ ${preset} text)
  string(APPEND source "      {\"${name}\", R\"toml(${text})toml\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${preset})
endforeach()
string(APPEND source "  };\n  return presets;\n}\n\n}  // namespace medcl\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/presets.cc CONTENT "${source}" @ONLY)
target_sources(medcl_task PRIVATE ${CMAKE_BINARY_DIR}/presets.cc)
