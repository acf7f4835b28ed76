// tests/protocols/small_protocol.h -- a protocol of two groups that is valid, to be broken in one place at a time.
#pragma once

#include <string>

#include "protocols/plan.h"
#include "protocols/spec_parts.h"

namespace nlb::test {

/// groups main (0.2, 0.4, mean; rows ce, gce, forward, old) and more (0.6; row ce); seeds a, b, c; rows run a and b.
inline Json small_protocol() {
  return Json::parse(R"({
    "schema": 1, "id": "small", "kind": "own", "title": "t", "summary": "s", "precision": "fp32", "precision_source": "own",
    "seeds": [{"name": "a", "noise": 1, "split": 1, "init": 1, "train": 1},
              {"name": "b", "noise": 2, "split": 2, "init": 2, "train": 2},
              {"name": "c", "noise": 3, "split": 3, "init": 3, "train": 3}],
    "seeds_source": "own",
    "tolerance": {"points": 0.5, "reason": "r"},
    "nets": {"net": {"id": "cnn_small", "initialisation": "torch_default", "source": "own"}},
    "recipes": {"sgd": {"epochs": 20, "batch_size": 128, "last_batch": "keep",
      "optimiser": {"id": "sgd", "learning_rate": 0.1, "weight_decay": 0, "momentum": 0.9, "nesterov": false},
      "schedule": {"id": "cosine", "minimum": 0, "unit": "epoch"},
      "normalisation": {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}, "source": "recipe file"}},
    "groups": [
      {"id": "first", "title": "t", "conditions": "c", "net": "net", "recipe": "sgd",
       "data": {"dataset": "cifar10", "evaluate_every": 1, "source": "data file"},
       "settings": [
         {"for_rate": [0.2, 0.4], "name": "{rate}", "title": "{percent} %",
          "noise": {"generator": "pair_flip", "options": {"count": "exact", "stream": "philox"}, "source": "noise file"}}],
       "columns": [{"id": "0.2", "setting": "0.2"}, {"id": "0.4", "setting": "0.4"},
                   {"id": "mean", "derived": "mean", "settings": ["0.2", "0.4"], "source": "own"}],
       "rows": [
         {"id": "ce", "title": "CE", "method": "ce", "source": "own", "seeds": 2},
         {"id": "gce", "title": "GCE", "method": "gce", "options": {"q": 0.7}, "source": "paper", "seeds": ["a", "b"],
          "published": [{"rule": "last", "kind": "repo", "source": "table 1", "values": {"0.2": "91.20", "0.4": "80"}}]},
         {"id": "forward", "title": "Forward", "method": "forward", "seeds": 1, "source": "own",
          "options": {"anchor": "argmax", "anchor_zeroes_stay": false, "normalise_rows": true,
                      "second_stage_weights": "new", "selected_epoch": "last"}},
         {"id": "old", "title": "Old", "status": "published_only",
          "published": [{"rule": "unknown", "kind": "seed", "source": "table 2", "deviation_kind": "unknown",
                         "values": {"mean": "70.0±1.5"}}]}]},
      {"id": "more", "title": "t", "conditions": "c", "net": "net", "recipe": "sgd",
       "data": {"dataset": "cifar10", "evaluate_every": 1, "source": "data file"},
       "settings": [
         {"name": "0.6", "noise": {"generator": "pair_flip", "rate": 0.6, "options": {"count": "exact", "stream": "philox"},
                                   "source": "noise file"}}],
       "rows": [{"id": "ce", "title": "CE", "method": "ce", "source": "own", "seeds": 2}]}]
  })");
}

/// The facts with one method that has no code.
inline const Facts& without_forward() {
  static const Facts known = [] {
    Facts copy = facts();
    copy.methods.at("forward").status = Status::planned;
    return copy;
  }();
  return known;
}

inline Protocol parsed(const Json& json, const Facts& known = without_forward()) {
  Problems problems;
  return parse_protocol(JsonNode::parse(json.dump(), "p.json", problems), known);
}

/// All problems of small_protocol() with the value at `pointer` set to `value`, one a line.
inline std::string problems_with(const std::string& pointer, const Json& value) {
  auto json = small_protocol();
  json[Json::json_pointer(pointer)] = value;
  try {
    parsed(json);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

inline std::string problems_without(const std::string& parent, const std::string& key) {
  auto json = small_protocol();
  json[Json::json_pointer(parent)].erase(key);
  try {
    parsed(json);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace nlb::test
