# Decides NLB_USE_CUDA from NLB_CUDA (auto, on, off) and enables the CUDA language where it is used. auto = on where a CUDA compiler and a
# LibTorch with its CUDA libraries are installed.
if(NOT NLB_CUDA MATCHES "^(auto|on|off|AUTO|ON|OFF)$")
  message(FATAL_ERROR "NLB_CUDA='${NLB_CUDA}' is none of auto, on, off")
endif()
string(TOLOWER "${NLB_CUDA}" _wanted)

find_program(NLB_NVCC nvcc HINTS ENV CUDACXX PATHS /usr/local/cuda/bin)
mark_as_advanced(NLB_NVCC)
set(_missing "")
if(NOT NLB_NVCC AND NOT DEFINED ENV{CUDACXX})
  set(_missing "no CUDA compiler: nvcc is not in PATH, CUDACXX or /usr/local/cuda")
elseif(NLB_WORKER AND NOT EXISTS "${NLB_TORCH_ROOT}/lib/libtorch_cuda.so")
  set(_missing "LibTorch at '${NLB_TORCH_ROOT}' has no libtorch_cuda.so: it is a build for CPUs")
endif()

set(NLB_USE_CUDA OFF)
if(_wanted STREQUAL "on" AND _missing)
  message(FATAL_ERROR "NLB_CUDA=on, but ${_missing}; use NLB_CUDA=off for a build without CUDA")
elseif(NOT _wanted STREQUAL "off" AND NOT _missing)
  set(NLB_USE_CUDA ON)
endif()

if(NLB_USE_CUDA)
  if(NOT CMAKE_CUDA_COMPILER AND NLB_NVCC)
    set(CMAKE_CUDA_COMPILER "${NLB_NVCC}")
  endif()
  # Machine code for Turing (the oldest that CUDA 13 knows), Ampere and Hopper; PTX of the last for what comes after.
  set(CMAKE_CUDA_ARCHITECTURES "75-real;80-real;90" CACHE STRING "CUDA architectures of our own kernels")
  set(CMAKE_CUDA_RUNTIME_LIBRARY None)  # the worker uses LibTorch's one, see nlb_torch.cmake
  enable_language(CUDA)
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  find_package(CUDAToolkit REQUIRED)
endif()

# nlb_cuda_sources(kernels x.cu ...): kernels and their launchers, where CUDA is used; sources that choose see NLB_WITH_CUDA.
# Global property NLB_CUDA_KERNELS: all of them, used or not, for the tests that compile them for the CPU.
function(nlb_cuda_sources name)
  foreach(file IN LISTS ARGN)
    set_property(GLOBAL APPEND PROPERTY NLB_CUDA_KERNELS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  if(NLB_USE_CUDA)
    target_sources(nlb_${name} PRIVATE ${ARGN})
    target_compile_definitions(nlb_${name} PUBLIC NLB_WITH_CUDA=1)
    # As -ffp-contract=off on the host: one body, the same bits from both compilers.
    target_compile_options(nlb_${name} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false>)
    target_include_directories(nlb_${name} SYSTEM PUBLIC ${CUDAToolkit_INCLUDE_DIRS})
    target_link_libraries(nlb_${name} PUBLIC nlb_cudart)
  endif()
endfunction()

if(NLB_USE_CUDA)
  # One CUDA runtime in the process: the one LibTorch was built with, where it brings its own.
  find_library(NLB_CUDART libcudart.so.13 PATHS "${NLB_TORCH_ROOT}/../nvidia/cu13/lib" NO_DEFAULT_PATH)
  mark_as_advanced(NLB_CUDART)
  add_library(nlb_cudart INTERFACE)
  target_link_libraries(nlb_cudart INTERFACE $<IF:$<BOOL:${NLB_CUDART}>,${NLB_CUDART},CUDA::cudart>)
endif()
# What a program links to use a GPU; apart from nlb_torch, because the device of tests/device stands in for it.
add_library(nlb_torch_cuda INTERFACE)
if(NLB_USE_CUDA AND NLB_WORKER)
  # Nothing refers to libtorch_cuda by name: it registers itself when it is loaded, so the linker must not drop it.
  target_link_libraries(nlb_torch_cuda INTERFACE "-Wl,--push-state,--no-as-needed,${NLB_TORCH_ROOT}/lib/libtorch_cuda.so,--pop-state"
                                            "${NLB_TORCH_ROOT}/lib/libc10_cuda.so" nlb_cudart)
  target_include_directories(nlb_torch SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
  target_compile_definitions(nlb_torch INTERFACE NLB_WITH_CUDA=1)
endif()
message(STATUS "CUDA: ${NLB_USE_CUDA} (NLB_CUDA=${NLB_CUDA}) ${_missing}")
