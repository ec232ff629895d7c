# Everything that the libraries link and that is not Undertone's own. Used by the build and, installed, by
# find_package(undertone).

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
# oneDNN's own threads are switched off around every call, which needs OpenMP where oneDNN was built with it.
if(UNDERTONE_ONEDNN)
  find_package(OpenMP COMPONENTS CXX)
endif()
if(NOT UNDERTONE_ENGINE_ONLY)
  pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET GLOBAL libavformat libavcodec libavutil libswresample)
endif()
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET GLOBAL libzip)

# Found by hand: oneDNN's CMake package asks for OpenCL headers even where only its CPU engine is used, and that of OpenBLAS
# is found only where it is the system's default BLAS.
function(undertone_find_library target header header_suffix library)
  if(TARGET ${target})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${target}" id)
  find_path(${id}_INCLUDE_DIR NAMES ${header} PATH_SUFFIXES ${header_suffix} REQUIRED)
  find_library(${id}_LIBRARY NAMES ${library} REQUIRED)
  mark_as_advanced(${id}_INCLUDE_DIR ${id}_LIBRARY)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${${id}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES
                                                                                   "${${id}_INCLUDE_DIR}")
endfunction()

if(UNDERTONE_ONEDNN)
  undertone_find_library(DNNL::dnnl dnnl.hpp "" dnnl)
endif()
undertone_find_library(OpenBLAS::openblas openblas_config.h "openblas;openblas-pthread;openblas-serial;openblas-openmp" openblas)
