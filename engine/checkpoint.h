// engine/checkpoint.h -- everything a killed trial needs to go on, in one file: "NLBCKPT1", length of the header (8
// bytes, little-endian), header JSON, tensor bytes in the header's order, SHA-256 of all before. Written whole or not
// at all, beside the training.
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "engine/selection.h"
#include "results/result.h"
#include "training/state.h"

namespace nlb {

struct Checkpoint {
  std::string trial;
  Json determinism_class;
  int64_t epochs_done = 0;
  std::string state_chain, count_chain;
  Curves curves;
  Timing timing;
  int64_t images = 0;               ///< training images seen
  std::string started;              ///< UTC
  Json train_log = Json::object();  ///< counted since the last evaluation
  Json selection = Json::object();
  std::map<std::string, torch::Tensor> state;  ///< on the CPU
};

/// Throws InputError: damaged, cut off, not a checkpoint.
Checkpoint decode_checkpoint(const std::string& bytes, const std::string& file);

struct Resume {
  std::optional<Checkpoint> checkpoint;
  std::string refused;  ///< why a file that is there cannot be used; "" if there is none
};
/// The checkpoint at `path` if it is whole, of this trial and of this determinism class.
Resume find_checkpoint(const std::filesystem::path& path, const std::string& trial, const Json& determinism_class);

/// Writes one checkpoint at a time on a thread of its own.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(std::filesystem::path path) : path_(std::move(path)) {}
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;
  /// Waits for the one before and copies the bytes of `state` (checkpoint.state stays unused), so that training may go
  /// on at once; header, digest, writing and syncing follow beside it.
  void start(Checkpoint checkpoint, const std::vector<StateEntry>& state);
  /// Until the file is on the disk. Throws what went wrong there (EnvironmentError).
  void wait();

 private:
  std::filesystem::path path_;
  std::future<void> pending_;
};

}  // namespace nlb
