# libwebp's reader of files and animations, as the target WebP::webpdemux. Debian's package has no CMake file of its own.
find_path(WEBPDEMUX_INCLUDE_DIR webp/demux.h)
find_library(WEBPDEMUX_LIBRARY webpdemux)
find_library(WEBP_LIBRARY webp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(WebPDemux REQUIRED_VARS WEBPDEMUX_LIBRARY WEBP_LIBRARY WEBPDEMUX_INCLUDE_DIR)
if(WebPDemux_FOUND AND NOT TARGET WebP::webpdemux)
  add_library(WebP::webpdemux UNKNOWN IMPORTED)
  set_target_properties(WebP::webpdemux PROPERTIES IMPORTED_LOCATION "${WEBPDEMUX_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${WEBPDEMUX_INCLUDE_DIR}"
                        INTERFACE_LINK_LIBRARIES "${WEBP_LIBRARY}")
endif()
mark_as_advanced(WEBPDEMUX_INCLUDE_DIR WEBPDEMUX_LIBRARY WEBP_LIBRARY)
