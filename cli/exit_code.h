// cli/exit_code.h -- what nlbench tells the shell.
#pragma once

namespace nlb {

enum class ExitCode : int {
  done = 0,           ///< everything asked for is done and within tolerance
  incomplete = 1,     ///< some trials failed or were skipped; the rest is stored
  bad_input = 2,      ///< flag or input file is wrong
  differs = 3,        ///< a cell, chain or accuracy differs
  nothing = 4,        ///< nothing could be measured or compared
  cannot_go_on = 5,   ///< no such device, disk full, unwritable folder, no memory
  interrupted = 130,  ///< a signal or --max-time; the same command goes on
};

/// Of two codes the one that is told: the first of 2, 5, 130, 3, 4, 1; 0 only when both are 0.
ExitCode worse(ExitCode a, ExitCode b);

}  // namespace nlb
