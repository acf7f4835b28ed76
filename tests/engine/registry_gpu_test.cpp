// Every method on a GPU: trains, repeats its bits, and goes on where it stopped.
#include "tests/engine/all_cases.h"
#include "tests/engine/run_support.h"
#include "tests/support/gpu.h"

namespace nlb {
namespace {

using namespace test;

Heard train_there(const RunTrial& command, bool stop_at_once = false) {
  return run_tiny(command, tiny_data_for(command.spec), stop_at_once, {{"test", "1"}}, torch::Device(torch::kCUDA, 0));
}

TEST_CASE("Every method on a GPU: same seeds, same chains, also stopped and resumed", "[engine][registry][gpu]") {
  if (!have_gpu()) return;
  for (const Case& row : all_cases()) {
    CAPTURE(row.method, row.options.dump());
    RunTrial command = tiny_command(spec_of(row));
    const TrialResult whole = train_there(command).result();
    CHECK(whole.status == TrialResult::Status::ok);
    const ScratchFolder folder;
    command.checkpoint = folder / "trial.ckpt";
    // A trial of one epoch has no place to stop at.
    const size_t stops = whole.curves.epoch.back() > 1 ? 1 : 0;
    CHECK(train_there(command, /*stop_at_once=*/true).all<Stopped>().size() == stops);
    const TrialResult resumed = train_there(command).result();
    CHECK(resumed.state_chain == whole.state_chain);
    CHECK(resumed.count_chain == whole.count_chain);
  }
}

}  // namespace
}  // namespace nlb
