// results/kept_files.h -- the files that `run --keep` can ask a trial to leave beside its record, in <results>/<trial
// id>/.
#pragma once

#include <string>
#include <vector>

namespace nlb {

struct KeptFile {
  std::string id;     ///< as --keep names it
  std::string file;   ///< its name beside the record
  std::string words;  ///< what it holds, for --help
};

/// All of them. analyses/registry.cpp has what writes each.
const std::vector<KeptFile>& kept_files();
std::vector<std::string> kept_ids();
/// Throws InternalError for an id that is not among them.
const KeptFile& kept_file(const std::string& id);

}  // namespace nlb
