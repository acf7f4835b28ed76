# Everything nlbench is built from: Debian packages, LibTorch, the CUDA toolkit where there is one.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

if(NLB_WORKER)
  include(nlb_torch)
endif()
include(nlb_cuda)
