#include "engine/guarded.h"

#include "engine/chain.h"
#include "engine/clock.h"
#include "engine/machine.h"

namespace nlb {
namespace {

/// A trial that fails before its first epoch: a stated precondition of the noise or of the method does not hold.
void finish_before_start(const RunTrial& command, const RunnerEnvironment& environment, const std::string& failure) {
  TrialResult result;
  result.status = TrialResult::Status::failed;
  result.failure = failure;
  result.state_chain = result.count_chain = Chain(command.id).head();
  result.determinism_class = environment.determinism_class;
  result.started = result.finished = utc_now();
  environment.emit(Finished{.id = command.id, .result = std::move(result)});
}

/// LibTorch says only in words that the host had no memory, or that the device is gone.
bool is_environment(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  for (const char* words : {"can't allocate memory", "out of memory", "CUDA error", "CUDA driver", "cuDNN error"}) {
    if (text.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

void guarded(const RunTrial& command, const RunnerEnvironment& environment, const std::function<void()>& train) {
  const auto give_back = [&](const char* kind, const std::string& message) {
    environment.emit(Returned{.id = command.id, .kind = kind, .message = message});
  };
  try {
    prepare_thread();
    reset_peak_memory(environment.device);
    set_precision(command.spec.precision, environment.device);
    train();
    // From the narrowest type to the widest: each says whose fault it is, which decides whether the trial is stored as
    // failed, skipped, or tried again.
  } catch (const TrialFailure& error) {
    finish_before_start(command, environment, error.what());
  } catch (const MissingData& error) {
    give_back("missing_data", error.what());
  } catch (const InputError& error) {
    give_back("input", error.what());
  } catch (const EnvironmentError& error) {
    give_back("environment", error.what());
  } catch (const std::bad_alloc&) {
    give_back("environment", "out of memory");
  } catch (const c10::Error& error) {
    give_back(is_environment(error) ? "environment" : "internal", error.what_without_backtrace());
  } catch (const std::exception& error) {
    give_back("internal", error.what());
  }
}

}  // namespace nlb
