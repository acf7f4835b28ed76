// facts/dataset_archives.h -- the archives in which a data set's official files are downloaded, where their digests are
// known and the files' own are not: they tell a download that broke off, and are read by nobody else.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "facts/facts.h"

namespace nlb {

/// Of the compiled-in facts; none for own sets.
const std::vector<FileFacts>& dataset_archives(const std::string& dataset);

/// The member "archives" of a data set's facts, which may be absent. Problems at their place.
std::vector<FileFacts> read_dataset_archives(ObjectReader& reader);

/// An entry of "files" or "archives": {"name", "bytes", "sha256"}; `unpublished`: the last two may be absent
/// together, and are 0 and "" then; such a file is judged by what it holds.
FileFacts read_file_facts(const JsonNode& node, bool unpublished);

}  // namespace nlb
