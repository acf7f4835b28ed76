# nlb_use_torch(target): LibTorch's headers and libraries, named here one by one. TorchConfig.cmake is not used: without the CUDA toolkit its
# wheel was built with it refuses to load, and with one it sets flags and architectures for the whole tree.
set(NLB_TORCH_ROOT "$ENV{NLB_TORCH_ROOT}" CACHE PATH
    "LibTorch: the folder that holds include/, lib/ and share/cmake (the torch folder of the wheel)")
if(NOT NLB_TORCH_ROOT AND Torch_DIR)
  cmake_path(SET _root NORMALIZE "${Torch_DIR}/../../..")
  set(NLB_TORCH_ROOT "${_root}")
endif()
if(NOT EXISTS "${NLB_TORCH_ROOT}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "no LibTorch at NLB_TORCH_ROOT='${NLB_TORCH_ROOT}' (libtorch_cpu.so is missing): run bash ci/quickstart.sh, "
                      "or eval \"$(bash ci/toolchain.sh)\" first, or pass -DTorch_DIR=<LibTorch>/share/cmake/Torch or -DNLB_WORKER=OFF")
endif()

add_library(nlb_torch INTERFACE)
target_include_directories(nlb_torch SYSTEM INTERFACE "${NLB_TORCH_ROOT}/include"
                                                      "${NLB_TORCH_ROOT}/include/torch/csrc/api/include")
# libtorch.so is left out: in a wheel with CUDA it pulls in libtorch_cuda.so and all of its libraries.
target_link_libraries(nlb_torch INTERFACE "${NLB_TORCH_ROOT}/lib/libtorch_cpu.so" "${NLB_TORCH_ROOT}/lib/libc10.so")

# One precompiled header serves every target that uses LibTorch: 37 s once instead of 27 s per file.
add_library(nlb_torch_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/torch_pch.cpp")
nlb_compile_settings(nlb_torch_pch)
target_link_libraries(nlb_torch_pch PUBLIC nlb_torch)
target_precompile_headers(nlb_torch_pch PRIVATE <torch/torch.h>)

function(nlb_use_torch target)
  target_link_libraries(${target} PUBLIC nlb_torch)
  target_precompile_headers(${target} REUSE_FROM nlb_torch_pch)
endfunction()
