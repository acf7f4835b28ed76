#include "core/letters.h"

#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/json.h"

namespace nlb {
namespace {

TEST_CASE("code points are written as UTF-8 has them", "[core][letters]") {
  std::string text;
  for (const char32_t point : {0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF}) append_utf8(point, text);
  // RFC 3629, section 3: one to four bytes, the borders between them
  CHECK(text == "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBD\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

TEST_CASE("Letters are decomposed as Python's unicodedata does", "[core][letters]") {
  const auto json = Json::parse(read_file(std::string(NLB_SOURCE_DIR) + "/tests/core/letters.json"));
  REQUIRE(json.at("cases").size() > 30);
  for (const auto& one : json.at("cases")) {
    CAPTURE(one.dump());
    CHECK(decomposed(one.at("text").get<std::string>()) == one.at("nfd").get<std::string>());
  }
  CHECK(decomposed("K\xe4se") == "K\xe4se");  // Latin-1: no UTF-8, so it stays
}

TEST_CASE("Two texts that a reader takes for one have one look, and it is said why", "[core][letters]") {
  struct Row {
    const char *a, *b, *difference;
  };
  const auto row = GENERATE(
      values<Row>({{"caf\u00e9", "cafe\u0301", "how accents are composed"},
                   {"ice cream", "ice\u00a0cream", "spaces"},
                   {"ice cream", "ice_cream", "spaces"},
                   {"cat", "cat ", "spaces"},
                   {"cat", "c\u200bat", "spaces"},
                   {"cat", "Cat", "upper and lower case"},
                   {"\u00c4pfel", "a\u0308pfel", "upper and lower case"},
                   {"\u041a\u041e\u0428\u041a\u0410", "\u043a\u043e\u0448\u043a\u0430", "upper and lower case"},
                   {"\u0141\u00f3d\u017a", "\u0142\u00f3d\u017a", "upper and lower case"},
                   {"cat", "\u0441\u0430t", "letters that look alike"},
                   {"\uff43\uff41\uff54", "cat", "letters that look alike"},
                   {"type O", "type 0", "letters that look alike"}}));
  CAPTURE(row.a, row.b);
  CHECK(look_of(row.a) == look_of(row.b));
  CHECK(difference_of_look(row.a, row.b) == std::string(row.difference));
  CHECK(difference_of_look(row.b, row.a) == std::string(row.difference));
}

TEST_CASE("Texts of other letters do not look alike", "[core][letters]") {
  for (const auto& [a, b] :
       {std::pair{"cat", "cut"}, {"caf\u00e9", "cafe"}, {"B\u00e4r", "Bar"}, {"A-", "A"}, {"10", "01"}}) {
    CAPTURE(a, b);
    CHECK(look_of(a) != look_of(b));
    CHECK_FALSE(difference_of_look(a, b));
  }
}

TEST_CASE("What sight cannot tell is written out, and spaces of any kind are trimmed", "[core][letters]") {
  CHECK(unmistakable("a\u00a0\u0441\x01\xe4") == "a\\u00a0\\u0441\\x01\\xe4");
  CHECK(unmistakable("\U0001f600") == "\\U0001f600");
  CHECK(trimmed(" \u00a0cat dog\u3000\r\n") == "cat dog");
  CHECK(trimmed("\u00a0 ").empty());
}

}  // namespace
}  // namespace nlb
