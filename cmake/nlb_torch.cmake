# nlb_use_torch(target): LibTorch's headers and libraries. Without CUDA, TorchConfig.cmake refuses to load (it wants the
# toolkit the wheel was built with), so the CPU build names libtorch_cpu and libc10 itself.
set(NLB_TORCH_ROOT "" CACHE PATH "LibTorch: the folder that holds include/, lib/ and share/cmake (the torch folder of the wheel)")
if(NOT NLB_TORCH_ROOT AND Torch_DIR)
  cmake_path(SET _root NORMALIZE "${Torch_DIR}/../../..")
  set(NLB_TORCH_ROOT "${_root}")
endif()
if(NOT EXISTS "${NLB_TORCH_ROOT}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "no LibTorch at NLB_TORCH_ROOT='${NLB_TORCH_ROOT}' (libtorch_cpu.so is missing): run ci/quickstart.sh, "
                      "or pass -DTorch_DIR=<LibTorch>/share/cmake/Torch, or -DNLB_WORKER=OFF")
endif()

add_library(nlb_torch INTERFACE)
target_include_directories(nlb_torch SYSTEM INTERFACE "${NLB_TORCH_ROOT}/include"
                                                      "${NLB_TORCH_ROOT}/include/torch/csrc/api/include")
target_link_libraries(nlb_torch INTERFACE "${NLB_TORCH_ROOT}/lib/libtorch.so" "${NLB_TORCH_ROOT}/lib/libtorch_cpu.so"
                                          "${NLB_TORCH_ROOT}/lib/libc10.so")
target_link_options(nlb_torch INTERFACE "-Wl,-rpath,${NLB_TORCH_ROOT}/lib" "-Wl,--no-as-needed")

# One precompiled header serves every target that uses LibTorch: 37 s once instead of 27 s per file.
add_library(nlb_torch_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/torch_pch.cpp")
nlb_compile_settings(nlb_torch_pch)
target_link_libraries(nlb_torch_pch PUBLIC nlb_torch)
target_precompile_headers(nlb_torch_pch PRIVATE <torch/torch.h>)

function(nlb_use_torch target)
  target_link_libraries(${target} PUBLIC nlb_torch)
  target_precompile_headers(${target} REUSE_FROM nlb_torch_pch)
endfunction()
