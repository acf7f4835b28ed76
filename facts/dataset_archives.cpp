#include "facts/dataset_archives.h"

#include "facts/read_embedded.h"

namespace nlb {

FileFacts read_file_facts(const JsonNode& node, bool unpublished) {
  ObjectReader reader(node);
  FileFacts file{.name = reader.text("name"), .bytes = 0, .sha256 = ""};
  if (!unpublished || reader.has("bytes") || reader.has("sha256")) {
    file.bytes = reader.integer("bytes", 1);
    file.sha256 = reader.text("sha256");
  }
  reader.close();
  return file;
}

std::vector<FileFacts> read_dataset_archives(ObjectReader& reader) {
  std::vector<FileFacts> all;
  if (!reader.has("archives")) return all;
  for (const JsonNode& item : reader.at("archives").items()) all.push_back(read_file_facts(item, false));
  return all;
}

const std::vector<FileFacts>& dataset_archives(const std::string& dataset) {
  static const auto all =
      read_embedded("dataset", [](const std::string&, ObjectReader& reader) { return read_dataset_archives(reader); });
  static const std::vector<FileFacts> none;
  const auto found = all.find(dataset);
  return found == all.end() ? none : found->second;
}

}  // namespace nlb
