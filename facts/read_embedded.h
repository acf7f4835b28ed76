// facts/read_embedded.h -- a part of the compiled-in facts that few ask for, read when it is first asked for.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/json.h"
#include "facts/embedded.h"

namespace nlb {

/// What `read` (id, ObjectReader&) makes of each file of `kind`, by id. The files have been read without a problem
/// before: facts().
template <class Read>
auto read_embedded(std::string_view kind, const Read& read) {
  std::map<std::string, decltype(read(std::string(), std::declval<ObjectReader&>()))> all;
  for (const EmbeddedFacts& file : embedded_facts()) {
    if (std::string_view(file.kind) != kind) continue;
    Problems problems;
    ObjectReader reader(JsonNode::parse(file.text, file.file, problems));
    const std::string id = reader.text("id");
    all[id] = read(id, reader);
    problems.throw_if_any();
  }
  return all;
}

}  // namespace nlb
