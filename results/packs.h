// results/packs.h -- the packs of one results folder, read once and again when a file has changed.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "results/pack.h"

namespace nlb {

struct Packs {
  std::map<std::string, std::vector<std::shared_ptr<const PackLine>>> by_trial;
  Problems problems;  ///< damage, by pack
};

/// The files of a results folder that are packs, sorted; of a path that is itself a pack, that one. None where there is
/// neither.
std::vector<std::filesystem::path> packs_in(const std::filesystem::path& place);
Packs read_packs(const std::vector<std::filesystem::path>& packs);

/// Threads may share it.
class PackShelf {
 public:
  explicit PackShelf(std::filesystem::path place) : place_(std::move(place)) {}
  std::shared_ptr<const Packs> packs();

 private:
  std::filesystem::path place_;
  std::mutex mutex_;
  std::string stamps_ = "none yet";
  std::shared_ptr<const Packs> packs_;
};

}  // namespace nlb
