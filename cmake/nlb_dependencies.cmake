# Everything nlbench is built from: Debian packages, LibTorch, the CUDA toolkit where there is one.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)
find_package(LibLZMA REQUIRED)  # shared: libarchive brings the same library, and two copies in one program would mix
# Static where they can be: the worker decodes no picture, so it must not ask for these libraries on another machine.
find_library(NLB_JPEG NAMES libjpeg.a jpeg REQUIRED)
find_library(NLB_PNG NAMES libpng16.a png16 REQUIRED)
find_library(NLB_WEBP NAMES libwebp.a webp REQUIRED)
find_library(NLB_WEBPDEMUX NAMES libwebpdemux.a webpdemux REQUIRED)
mark_as_advanced(NLB_JPEG NLB_PNG NLB_WEBP NLB_WEBPDEMUX)
find_package(nlohmann_json 3.11 REQUIRED)

if(NLB_WORKER)
  include(nlb_torch)
endif()
include(nlb_cuda)
