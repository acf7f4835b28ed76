// tests/datasets/label_cases.h -- label files that Python wrote: tests/datasets/label_files.json, made by the script of
// that name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"

namespace nlb::test {

struct LabelCase {
  std::string name, bytes, refused;                    ///< words of the refusal; "" where it is read
  std::map<std::string, std::vector<int64_t>> arrays;  ///< what Python reads back
  std::vector<std::string> others;                     ///< how the words begin for what is left alone
  std::string note;                                    ///< how each array was stored; "" for lists
};

inline std::vector<LabelCase> label_cases() {
  std::vector<LabelCase> cases;
  for (const Json& entry : Json::parse(read_file(NLB_SOURCE_DIR "/tests/datasets/label_files.json"))) {
    LabelCase each;
    each.name = entry["name"];
    each.others = entry["others"].get<std::vector<std::string>>();
    each.note = entry["note"];
    const auto bytes = from_base64(entry["bytes"].get<std::string>());
    each.bytes.assign(bytes.begin(), bytes.end());
    if (entry["refused"].is_string()) each.refused = entry["refused"];
    if (entry["arrays"].is_object()) each.arrays = entry["arrays"].get<decltype(each.arrays)>();
    cases.push_back(std::move(each));
  }
  return cases;
}

}  // namespace nlb::test
