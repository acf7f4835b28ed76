# nlb_test(core SOURCES sha256_test.cpp ... USES core [TORCH] [UNITY n]): one Catch2 executable per folder, <folder>_tests. CTest runs each
# tag group apart: the unlabelled tests (never the hidden [.child] ones, which others start as processes), then [data] (real data beside the checkout) and [gpu] (a device) under their labels.
add_library(nlb_test_main STATIC "${PROJECT_SOURCE_DIR}/tests/support/main.cpp")
nlb_compile_settings(nlb_test_main)
target_compile_definitions(nlb_test_main PUBLIC NLB_SOURCE_DIR="${PROJECT_SOURCE_DIR}" NLB_BINARY_DIR="${PROJECT_BINARY_DIR}")

function(nlb_test folder)
  cmake_parse_arguments(arg "TORCH" "UNITY" "SOURCES;USES;LINKS" ${ARGN})
  set(target ${folder}_tests)
  add_executable(${target} ${arg_SOURCES})
  nlb_compile_settings(${target})
  list(TRANSFORM arg_USES PREPEND nlb_)
  target_link_libraries(${target} PRIVATE nlb_test_main ${arg_USES} ${arg_LINKS})
  if(arg_TORCH)
    nlb_use_torch(${target})
    target_link_libraries(${target} PRIVATE nlb_torch_cuda)
  endif()
  # UNITY n: that many sources per compiler run, where LibTorch's headers cost more than the tests. clang-tidy (the preset without
  # precompiled headers) looks at each file by itself.
  if(arg_UNITY AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${arg_UNITY})
  endif()
  add_test(NAME ${folder} COMMAND ${target} "~[.]~[data]~[gpu]~[slow]")
  add_test(NAME ${folder}_data COMMAND ${target} "[data]~[.]~[gpu]~[slow]")
  add_test(NAME ${folder}_gpu COMMAND ${target} "[gpu]")
  set_tests_properties(${folder}_data PROPERTIES LABELS data)
  set_tests_properties(${folder}_gpu PROPERTIES LABELS gpu)
endfunction()
