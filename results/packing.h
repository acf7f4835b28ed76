// results/packing.h -- records on their way between files and packs. Nothing here removes a record, unless it was asked
// for and the same bytes were read back from the pack.
#pragma once

#include <filesystem>
#include <vector>

#include "core/error.h"

namespace nlb {

/// What was done.
struct Moved {
  size_t records = 0;                        ///< new where they went
  size_t already = 0;                        ///< there before
  std::vector<std::filesystem::path> packs;  ///< written
  Problems problems;                         ///< what could not be read, and so stayed where it is
};

/// Appends the record files of the results folders to the packs of `target`, a record to that of the protocol that it
/// was first run for (its own `use`), whichever protocols share its trial. Sorted within a batch, so that equal records
/// make equal bytes; what is in a pack already is not appended again. `remove`: then removes the files whose bytes the
/// pack gives back. Two processes that append to one pack wait for each other. Throws InputError where a pack of
/// `target` is damaged: mend it first; EnvironmentError where it cannot be written: then it is as it was.
Moved pack_records(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& target, bool remove);

/// Writes the files of all records in the packs (or in the packs of results folders) below `target`: the exact inverse.
/// Throws EnvironmentError.
Moved unpack_records(const std::vector<std::filesystem::path>& sources, const std::filesystem::path& target);

/// Writes the packs of `target` anew with all records of the sources and their own, sorted: the same bytes in whatever
/// order records came. Throws as pack_records.
Moved merge_packs(const std::vector<std::filesystem::path>& sources, const std::filesystem::path& target);

}  // namespace nlb
