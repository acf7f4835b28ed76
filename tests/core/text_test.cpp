#include "core/text.h"

#include <catch2/catch.hpp>
#include <limits>

#include "core/error.h"

using namespace nlb;

TEST_CASE("nearest forgives one slip in a short word and a third of a long one", "[core][text]") {
  const std::vector<std::string> words{"co_teaching", "gce", "elr", "dividemix"};
  CHECK(nearest("co_teachng", words) == "co_teaching");
  CHECK(nearest("gec", words) == "gce");  // a swap counts one
  CHECK(nearest("elrr", words) == "elr");
  CHECK(nearest("divdmx", words) == std::nullopt);
  CHECK(nearest("", words) == std::nullopt);
  CHECK(nearest("gce", {}) == std::nullopt);
}

TEST_CASE("nearest prefers the smallest distance, then the first", "[core][text]") {
  CHECK(nearest("abcdef", std::vector<std::string>{"abcdxx", "abcdex", "abcdey"}) == "abcdex");
}

TEST_CASE("join and split are inverse", "[core][text]") {
  CHECK(join(std::vector<std::string>{"a", "", "c"}, ", ") == "a, , c");
  CHECK(join({}, ", ").empty());
  CHECK(split("a//c/", '/') == std::vector<std::string>{"a", "", "c", ""});
  CHECK(split("", '/') == std::vector<std::string>{""});
}

TEST_CASE("shortest prints the digits Python's repr needs", "[core][text]") {
  CHECK(shortest(0.4) == "0.4");
  CHECK(shortest(1e-5) == "1e-05");
  CHECK(shortest(0.1 + 0.2) == "0.30000000000000004");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(shortest(1e22) == "1e+22");
}

TEST_CASE("fixed rounds the exact binary value and has no negative zero", "[core][text]") {
  CHECK(fixed(2.675, 2) == "2.67");  // the double lies below 2.675
  CHECK(fixed(0.125, 2) == "0.12");  // an exact tie goes to even
  CHECK(fixed(0.375, 2) == "0.38");
  CHECK(fixed(-0.04, 1) == "0.0");
  CHECK(fixed(-0.06, 1) == "-0.1");
  CHECK(fixed(99.995, 0) == "100");
  CHECK(fixed(std::numeric_limits<double>::max(), 1).size() == 311);
}

TEST_CASE("durations and sizes read like people write them", "[core][text]") {
  CHECK(duration_text(45.2) == "45 s");
  CHECK(duration_text(59.7) == "1 min");
  CHECK(duration_text(12 * 60) == "12 min");
  CHECK(duration_text(3900) == "1 h 05 min");
  CHECK(duration_text(30 * 3600.0) == "30 h 00 min");
  CHECK(bytes_text(512) == "512 B");
  CHECK(bytes_text(1.5e9) == "1.5 GB");
  CHECK(bytes_text(89e6) == "89 MB");
  CHECK(bytes_text(999999) == "1 MB");
}

TEST_CASE("base64 agrees with RFC 4648 section 10", "[core][text]") {
  struct Row {
    std::string plain, coded;
  };
  const auto row = GENERATE(values<Row>({{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}}));
  const std::vector<uint8_t> bytes(row.plain.begin(), row.plain.end());
  CHECK(base64(bytes) == row.coded);
  CHECK(from_base64(row.coded) == bytes);
}

TEST_CASE("significant gives at most as many digits as asked for", "[core][text]") {
  CHECK(significant(0.0123456789, 6) == "0.0123457");
  CHECK(significant(4.5, 6) == "4.5");
  CHECK(significant(1.25e-9, 6) == "1.25e-09");
  CHECK(significant(0, 6) == "0");
}

TEST_CASE("from_base64 refuses what no encoder writes", "[core][text]") {
  for (const char* wrong : {"Zg=", "Zg", "Z===", "====", "Zm9 ", "Z=9v", "Zh==", "Zm9=", "Zg==Zg=="}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(from_base64(wrong), InputError);
  }
}
