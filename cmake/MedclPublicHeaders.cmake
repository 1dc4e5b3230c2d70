# SPDX-License-Identifier: Apache-2.0
# The headers that an installed MedCL shows: those that docs/how-to/embed-in-cpp.md names, and what they include.
set(MEDCL_PUBLIC_HEADERS
    medcl/core/error.h
    medcl/core/log.h
    medcl/image/class_labels.h
    medcl/image/volume_io.h
    medcl/inference/predictor.h
    medcl/model/model_file.h)

# medcl_with_includes(RESULT header...): the headers and all of ours that they include, each once.
function(medcl_with_includes result)
  set(found "")
  set(open ${ARGN})
  while(open)
    list(POP_FRONT open header)
    if(header IN_LIST found)
      continue()
    endif()
    list(APPEND found ${header})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${header})
    file(STRINGS ${CMAKE_SOURCE_DIR}/${header} lines REGEX "^#include \"medcl/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included ${line})
      list(APPEND open ${included})
    endforeach()
  endwhile()
  set(${result} ${found} PARENT_SCOPE)
endfunction()
