# Writes the header with the state of the checkout, at build time and only when it changed, so that a commit recompiles one file:
#   cmake -DSOURCE=<folder> -DOUTPUT=<file> -P nlb_version.cmake
set(commit "unknown")
set(dirty false)
find_program(git NAMES git)
if(git)
  # An unpacked archive may lie inside some other repository, whose commit would say nothing about it.
  execute_process(COMMAND "${git}" -C "${SOURCE}" rev-parse --show-prefix HEAD OUTPUT_VARIABLE head RESULT_VARIABLE failed ERROR_QUIET)
  if(NOT failed AND head MATCHES "^\n([0-9a-f]+)\n$")
    set(commit "${CMAKE_MATCH_1}")
    # Files git does not track cannot enter the build without a change to one it does.
    execute_process(COMMAND "${git}" -C "${SOURCE}" --no-optional-locks status --porcelain --untracked-files=no OUTPUT_VARIABLE changes)
    if(NOT changes STREQUAL "")
      set(dirty true)
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#pragma once
#define NLB_GIT_COMMIT "@commit@"
#define NLB_GIT_DIRTY @dirty@
]] @ONLY)
