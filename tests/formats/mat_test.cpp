#include "formats/mat.h"

#include <catch2/catch.hpp>
#include <limits>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

namespace nlb {
namespace {

using Catch::Contains;
using Kind = MatArray::Kind;

constexpr size_t kLimit = 1 << 20;

double number_of(const Json& value) {
  return value.is_string() ? std::numeric_limits<double>::infinity() : value.get<double>();
}

void compare(const MatArray& found, const Json& expected) {
  if (expected.contains("text")) {
    CHECK(found.kind == Kind::text);
    CHECK(found.text == expected.at("text"));
    return;
  }
  CHECK(found.shape == expected.at("shape").get<std::vector<int64_t>>());
  if (expected.contains("numbers")) {
    std::vector<double> numbers;
    for (const Json& value : expected.at("numbers")) numbers.push_back(number_of(value));
    CHECK(found.kind == Kind::numbers);
    CHECK(found.numbers == numbers);
  } else if (expected.contains("cell")) {
    REQUIRE(found.kind == Kind::cell);
    REQUIRE(found.items.size() == expected.at("cell").size());
    for (size_t i = 0; i < found.items.size(); ++i) compare(found.items[i], expected.at("cell")[i]);
  } else {
    REQUIRE(found.kind == Kind::structs);
    REQUIRE(found.count() == std::ssize(expected.at("structs")));
    for (int64_t i = 0; i < found.count(); ++i) {
      const Json& element = expected.at("structs")[static_cast<size_t>(i)];
      CHECK(found.fields.size() == element.size());
      for (const auto& [name, value] : element.items()) {
        CAPTURE(i, name);
        REQUIRE(found.field(i, name) != nullptr);
        compare(*found.field(i, name), value);
      }
      CHECK(found.field(i, "no such field") == nullptr);
    }
  }
}

}  // namespace

TEST_CASE(".mat files hold what scipy reads from them, or are refused in words", "[formats][mat]") {
  int64_t read = 0, refused = 0;
  for (const Json& entry : Json::parse(read_file(NLB_SOURCE_DIR "/tests/formats/mat_files.json"))) {
    CAPTURE(entry.at("name").get<std::string>());
    const auto bytes = from_base64(entry.at("bytes").get<std::string>());
    const std::string file(bytes.begin(), bytes.end());
    if (entry.at("refused").is_string()) {
      CHECK_THROWS_WITH(read_mat(file, "devkit.mat", kLimit),
                        Contains("devkit.mat: ") && Contains(entry.at("refused").get<std::string>()));
      ++refused;
      continue;
    }
    const auto arrays = read_mat(file, "devkit.mat", kLimit);
    CHECK(arrays.size() == entry.at("arrays").size());
    for (const auto& [name, expected] : entry.at("arrays").items()) {
      CAPTURE(name);
      REQUIRE(arrays.contains(name));
      compare(arrays.at(name), expected);
    }
    ++read;
  }
  CHECK(read == 10);
  CHECK(refused == 10);
}

TEST_CASE("a packed .mat file is unpacked up to a limit", "[formats][mat]") {
  for (const Json& entry : Json::parse(read_file(NLB_SOURCE_DIR "/tests/formats/mat_files.json"))) {
    if (entry.at("name") != "cars, packed") continue;
    const auto bytes = from_base64(entry.at("bytes").get<std::string>());
    const std::string file(bytes.begin(), bytes.end());
    CHECK_THROWS_WITH(read_mat(file, "devkit.mat", 100), Contains("unpacks to more than 100 bytes"));
    CHECK_NOTHROW(read_mat(file, "devkit.mat", 4000));
  }
}

}  // namespace nlb
