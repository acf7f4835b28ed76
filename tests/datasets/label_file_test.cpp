#include "datasets/label_file.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "formats/npy.h"
#include "tests/datasets/label_cases.h"
#include "tests/support/fixtures.h"
#include "tests/support/shared.h"

namespace nlb {
namespace {

using Catch::Contains;
using Catch::StartsWith;

/// Cases of tests/datasets/label_files.py: bytes that Python wrote, with what Python reads back.
TEST_CASE("Label files that Python wrote are read as Python reads them, or refused in words", "[datasets][labels]") {
  const auto cases = test::label_cases();
  REQUIRE(cases.size() > 120);
  for (const test::LabelCase& each : cases) {
    CAPTURE(each.name);
    if (!each.refused.empty()) {
      CHECK_THROWS_AS(parse_label_file(each.bytes, "file"), InputError);
      CHECK_THROWS_WITH(parse_label_file(each.bytes, "file"), Contains("file") && Contains(each.refused));
      continue;
    }
    const LabelFile file = parse_label_file(each.bytes, "file");
    CHECK(file.digest == hex(sha256(each.bytes)));
    CHECK(file.arrays.size() == each.arrays.size());
    for (const auto& [name, labels] : each.arrays) {
      CHECK(file.array(name).labels == labels);
      CHECK_THAT(file.array(name).note, Contains(each.note));
    }
    REQUIRE(file.others.size() == each.others.size());
    for (size_t i = 0; i < file.others.size(); ++i) CHECK_THAT(file.others[i], StartsWith(each.others[i]));
  }
}

TEST_CASE("What a label file is follows from its bytes", "[datasets][labels]") {
  const test::TemporaryFolder folder;
  const auto kind = [&](const std::string& name) {
    for (const test::LabelCase& each : test::label_cases()) {
      if (each.name != name) continue;
      test::write_bytes(folder.path() / "labels.json", each.bytes);
      return read_label_file(folder.path() / "labels.json").kind;
    }
    return std::string("no such case");
  };
  CHECK(kind("npy uint8") == "numpy array of uint8 (.npy version 1)");
  CHECK(kind("torch zip") == "torch.save's zip with a Python pickle of a dict of 2 entries");
  CHECK(kind("pickle 4 of a list") == "Python pickle of a list of 12 values");
  CHECK(kind("DivideMix's list") == "JSON list");
  CHECK_THROWS_AS(read_label_file(folder.path() / "absent.npy"), InputError);
  CHECK_THROWS_WITH(read_label_file(folder.path()), Contains("no such file"));
}

TEST_CASE("A written .npy is the one that numpy writes", "[datasets][labels]") {
  const auto cases = test::label_cases();
  const auto numpy = [&](const std::string& name) {
    return std::find_if(cases.begin(), cases.end(), [&](const auto& each) { return each.name == name; })->bytes;
  };
  const std::vector<int64_t> labels = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 0, 5};
  CHECK(npy_of(labels) == numpy("npy int64"));
  CHECK(npy_of({}) == numpy("npy empty"));
  const std::vector<int64_t> many(50'000, -3);
  CHECK(parse_label_file(npy_of(many), "many").arrays.front().labels == many);
}

TEST_CASE("Real numbers and several dimensions of a .npy are read too", "[datasets][labels]") {
  // numpy.save of float32 [[0.5, -2, 3]] and float64 [1e300]
  const std::string start = std::string(kNpyMagic) + std::string("\x01\x00", 2);
  const auto file = [&](std::string header, const std::string& data) {
    header += '\n';
    return start + static_cast<char>(header.size()) + '\0' + header + data;
  };
  const std::string floats = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }",
                                  std::string("\0\0\0\x3f\0\0\0\xc0\0\0\x40\x40", 12));
  const NpyArray single = parse_npy(floats, "scores");
  CHECK(single.shape == std::vector<int64_t>{1, 3});
  CHECK(reals_of(single.data, single.type) == std::vector<double>{0.5, -2, 3});
  const std::string doubles = file("{'descr': '<f8', 'fortran_order': False, 'shape': (1L,)}",
                                   std::string("\x9c\x75\0\x88\x3c\xe4\x37\x7e", 8));
  const NpyArray one = parse_npy(doubles, "score");
  CHECK(reals_of(one.data, one.type) == std::vector<double>{1e300});
  // numpy.save of float16 [1, -2, 6.1e-5, 5.96e-8, 65504, inf, nan]: normal, subnormal and special numbers
  const std::string halves = file("{'descr': '<f2', 'fortran_order': False, 'shape': (7,)}",
                                  std::string("\0\x3c\0\xc0\0\x04\x01\0\xff\x7b\0\x7c\0\x7e", 14));
  const NpyArray half = parse_npy(halves, "scores");
  const auto values = reals_of(half.data, half.type);
  CHECK(std::vector(values.begin(), values.begin() + 5) == std::vector<double>{1, -2, 0x1p-14, 0x1p-24, 65504});
  CHECK((std::isinf(values[5]) && std::isnan(values[6])));
  const auto refused = [&](const std::string& header, const std::string& words) {
    const std::string bytes = file(header, "");
    CHECK_THROWS_WITH(parse_npy(bytes, "x.npy"), Contains("x.npy") && Contains(words));
  };
  refused("{'descr': '<i8', 'fortran_order': False}", "an entry is missing");
  refused("{'descr': '<i8', 'descr': '<i8', 'shape': ()}", "unknown or there twice");
  refused("{'descr': '<i8', 'fortran_order': Maybe, 'shape': ()}", "neither True nor False");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (-1,)}", "not a number");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (0,)} + 1", "text behind");
  refused("{'descr': '<i8', 'fortran_order': True, 'shape': (2, 0)}", "Fortran order");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "but 0 bytes follow");
  refused("{'descr': [('a', '<i8', 'fortran_order': False, 'shape': ()}", "a list of fields has no end");
  refused("{'descr': open('x'), 'fortran_order': False, 'shape': ()}", "expected a quoted word");
}

TEST_CASE("Labels that do not fit a data set are refused with counts and places", "[datasets][labels]") {
  const std::vector<int64_t> labels = {3, 10, 0, -1, 9};
  CHECK_NOTHROW(check_labels(std::vector<int64_t>{0, 9, 3}, 3, 10, "x"));
  CHECK_THROWS_WITH(check_labels(labels, 6, 10, "x.npy"),
                    "x.npy: 5 labels; expected 6\n"
                    "x.npy: 2 labels are outside [0, 10), the first is 10 at position 1");
  CHECK_THROWS_WITH(check_labels(std::vector<int64_t>{1, 2, 3}, 3, 3, "x"), Contains("from 1 to 3: subtract 1"));
}

TEST_CASE("The human labels of CIFAR-10 are read from their official file", "[datasets][labels][data]") {
  NLB_REQUIRE_SHARED(shared);
  const LabelFile file = read_label_file(shared / "data" / "cifar-n" / "CIFAR-10_human.pt");
  // Digest, names and counts: of the file that UCSC-REAL/cifar-10-100n publishes, by numpy.
  CHECK(file.digest == "873e69c39cb9b5e97fb6bae2d60bb59b38a5cbc31d2b868f7903dcb2b9dd2310");
  REQUIRE(file.arrays.size() == 6);
  const auto& clean = file.array("clean_label").labels;
  const auto wrong = [&](const std::string& name) {
    const auto& labels = file.array(name).labels;
    CHECK_NOTHROW(check_labels(labels, 50'000, 10, name));
    return std::inner_product(clean.begin(), clean.end(), labels.begin(), 0, std::plus<>(), std::not_equal_to<>());
  };
  CHECK(wrong("aggre_label") == 4505);
  CHECK(wrong("random_label1") == 8617);
  CHECK(wrong("random_label2") == 9061);
  CHECK(wrong("random_label3") == 8820);
  CHECK(wrong("worse_label") == 20104);
  CHECK_THROWS_WITH(file.array("worst_label"), Contains("nearest is \"worse_label\""));
}

TEST_CASE("A member that is not labels says why when it is asked for", "[datasets][labels]") {
  const LabelFile file = parse_label_file(R"({"classes": ["cat"], "y": [1]})", "x.json");
  CHECK_THROWS_WITH(file.array("classes"), Contains("x.json: \"classes\": /classes/0: \"cat\"; labels are integers"));
  CHECK_THROWS_WITH(file.array("z"), Contains("no array \"z\""));
}

}  // namespace
}  // namespace nlb
