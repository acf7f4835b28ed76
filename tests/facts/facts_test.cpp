#include "facts/facts.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/sha256.h"
#include "facts/embedded.h"

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

std::string problems_of(const char* kind, const char* file, const char* text) {
  try {
    parse_facts({{kind, file, text}});
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("every facts file that is compiled in parses", "[facts]") {
  CHECK_NOTHROW(facts());
  CHECK(facts().methods.size() + facts().nets.size() + facts().datasets.size() + facts().generators.size() ==
        embedded_facts().size());
}

TEST_CASE("the spine's methods, nets, data sets and generators are known", "[facts]") {
  for (const auto* id : {"ce", "gce", "elr"}) CHECK(facts().methods.at(id).status == Status::built);
  for (const auto* id : {"mlp", "lenet5", "cnn_small", "preact_resnet18", "resnet34"}) {
    CHECK(facts().nets.at(id).status == Status::built);
  }
  for (const auto* id : {"symmetric_inclusive", "symmetric_exclusive", "pair_flip", "cifar10_asymmetric"}) {
    CHECK(facts().generators.at(id).status == Status::built);
  }
  CHECK_FALSE(facts().methods.at("trusted_only").reads_noisy_labels);
  CHECK(facts().methods.at("co_teaching").networks == 2);
  CHECK(facts().methods.at("glc").trainings == 2);
  CHECK(facts().methods.at("label_refinery").trainings_option == "generations");
}

TEST_CASE("sizes of nets whose counts papers print", "[facts][nets]") {
  // 11.17M and 21.28M: printed by kuangliu/pytorch-cifar style scripts for ten classes; LeNet-5 61,706; WRN-28-10 36.5M
  // (paper).
  CHECK(facts().nets.at("preact_resnet18").parameters == 11'171'274);
  CHECK(facts().nets.at("resnet34").parameters == 21'282'122);
  CHECK(facts().nets.at("lenet5").parameters == 61'706);
  CHECK(facts().nets.at("mlp").parameters == 784 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10);
  CHECK(facts().nets.at("wrn_28_10").parameters == 36'479'194);
}

TEST_CASE("a set's digest is the SHA-256 of its files' lines", "[facts][datasets]") {
  const auto& mnist = facts().datasets.at("mnist");
  std::string lines;
  for (const auto& file : mnist.files) lines += file.sha256 + "  " + file.name + "\n";
  CHECK(mnist.digest == hex(sha256(lines)));
  CHECK(mnist.classes == 10);
  const auto& cifar = facts().datasets.at("cifar10");
  CHECK(std::all_of(cifar.files.begin(), cifar.files.end(), [](const auto& file) { return file.bytes == 30'730'000; }));
  CHECK(cifar.class_names.at(9) == "truck");
}

TEST_CASE("all problems of a facts file come at once", "[facts]") {
  const auto text =
      problems_of("generator", "datasets/noise/pair.json", R"({"id": "pear", "title": "pair", "status": "biult",
      "definition": "d", "variants": {"new_label": "l", "changed": "r", "list": [{"sorce": "s"}]},
      "options": [{"name": "r", "type": "nmber", "unit": "1", "doc": "d"}], "revison": 1})");
  CHECK_THAT(text, Contains("\"id\" is \"pear\"; the file is named \"pair\""));
  CHECK_THAT(text, Contains("/status: \"biult\" is not allowed; nearest is \"built\""));
  CHECK_THAT(text, Contains("/options/0/type"));
  CHECK_THAT(text, Contains("/variants/list/0/sorce: unknown key"));
  CHECK_THAT(text, Contains("has no \"revision\""));
  CHECK_THAT(text, Contains("/revison: unknown key"));
}

TEST_CASE("a second file with one id is a problem", "[facts]") {
  const char* text = R"({"id": "g", "title": "g", "status": "built", "definition": "d",
      "variants": {"new_label": "l", "changed": "r", "list": [{"source": "ours"}]}, "options": [], "revision": 1})";
  CHECK_THROWS_WITH(parse_facts({{"generator", "a/g.json", text}, {"generator", "b/g.json", text}}),
                    Contains("occurs twice"));
  CHECK_THROWS_WITH(parse_facts({{"colour", "a/g.json", text}}), Contains("allowed: method, net, dataset, generator"));
}
