#include "results/pack.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/durable.h"
#include "core/sha256.h"
#include "core/shell.h"
#include "formats/xz.h"
#include "results/record.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

StoredRecord stored(int64_t last) {
  static const Protocol protocol = parsed(small_protocol());
  const auto record = made_record(trial_at(protocol, "first", "gce", "0.4", "a"), made_result({700, last}));
  auto files = write_record(record);
  return {.trial = record.trial, .digest = files.digest, .record = files.record, .curves = files.curves};
}

std::vector<std::string> digests_of(const PackContent& content) {
  std::vector<std::string> digests;
  for (const auto& line : content.lines) digests.emplace_back(line->digest);
  return digests;
}

}  // namespace

TEST_CASE("an xz stream is read by itself and leaves what lies behind it", "[formats][xz]") {
  const std::string content(100'000, 'x');
  const auto bytes = xz(content);
  CHECK(bytes.size() < 400);
  CHECK(xz(content) == bytes);
  const auto read = read_xz_stream(bytes + "more", content.size());
  CHECK(read.problem.empty());
  CHECK(read.content == content);
  CHECK(read.size == bytes.size());
  CHECK(read_xz_stream(xz(""), 0).content.empty());
  CHECK_THAT(read_xz_stream(bytes, content.size() - 1).problem, Contains("holds more than 99999 bytes"));
  CHECK_THAT(read_xz_stream("this is not an xz stream", 10).problem, Contains("does not begin as an xz stream"));
}

TEST_CASE("xz streams are those of the xz program, both ways", "[formats][xz]") {
  if (std::system("command -v xz > /dev/null") != 0) return;  // Debian has it; other systems may not
  const TemporaryFolder folder;
  const auto file = (folder.path() / "a.xz").string();
  write_bytes(file, xz("first\n") + xz("second\n"));
  const auto plain = (folder.path() / "a").string();
  REQUIRE(std::system(("xz --decompress --stdout " + shell_word(file) + " > " + shell_word(plain)).c_str()) == 0);
  CHECK(read_file(plain) == "first\nsecond\n");
  REQUIRE(std::system(("xz --stdout -9 " + shell_word(plain) + " > " + shell_word(file)).c_str()) == 0);
  CHECK(read_xz_stream(read_file(file), 100).content == "first\nsecond\n");
}

TEST_CASE("a line of a pack gives both files back byte for byte", "[results][pack]") {
  auto given = stored(905);
  SECTION("as nlbench writes them") {}
  SECTION("without curves") { given.curves.reset(); }
  SECTION("over several lines, with what JSON escapes") {
    given.record = "{\n \"a\": \"\\u00e9 \\\" } ] , : \"\n}\r\n";
    given.digest = hex(sha256(given.record));
  }
  SECTION("without the newline at the end") {
    given.record.pop_back();
    given.digest = hex(sha256(given.record));
    given.curves->pop_back();
  }
  const auto content = read_pack(pack_streams({pack_line(given, std::nullopt)}), "p");
  CHECK(content.problems.empty());
  REQUIRE(content.lines.size() == 1);
  const auto& line = *content.lines.front();
  CHECK(line.trial == given.trial);
  CHECK(line.digest == given.digest);
  CHECK(line.record_text() == given.record);
  CHECK(line.curves_text() == given.curves);
  CHECK_FALSE(line.counts().has_value());
}

TEST_CASE("a line is JSON that says record and curves as objects", "[results][pack]") {
  const auto given = stored(905);
  const auto line = Json::parse(pack_line(given, std::nullopt));
  CHECK(line["pack"] == 1);
  CHECK(line["record"] == Json::parse(given.record));
  CHECK(line["curves"] == Json::parse(*given.curves));
}

TEST_CASE("what a pack counted again is read, unless other rules counted it", "[results][pack]") {
  FinalCounts counts;
  counts.test_count = 1000;
  counts.last = counts.best_on_test = 900;
  counts.last_ten = {900};
  counts.counted_from = 21;
  counts.best_on_test_epoch = 31;
  counts.classes_never_predicted = 3;
  auto text = pack_line(stored(905), counts);
  const auto read = read_pack(xz(text), "p").lines.front()->counts();
  REQUIRE(read.has_value());
  CHECK(read->counted_from == 21);
  CHECK(read->best_on_test_epoch == 31);
  CHECK(read->classes_never_predicted == 3);
  const std::string rules = "\"rules\":1";
  text.replace(text.find(rules), rules.size(), "\"rules\":99");
  CHECK_FALSE(read_pack(xz(text), "p").lines.front()->counts().has_value());

  // Programs that know no best_on_val_latest count such a line again; all other lines are as they were.
  counts.best_on_val = counts.best_on_val_latest = 899;
  counts.best_on_val_epoch = 24;
  counts.best_on_val_latest_epoch = 30;
  text = pack_line(stored(905), counts);
  CHECK(text.find("\"rules\":2") != std::string::npos);
  CHECK(read_pack(xz(text), "p").lines.front()->counts()->best_on_val_latest_epoch == 30);
}

TEST_CASE("lines are cut into streams of two mebibytes, and a longer line is one of its own", "[results][pack]") {
  const std::string small(1000, 's'), large(3 << 20, 'l');
  const auto bytes = pack_streams({small, small, large, small});
  std::vector<size_t> sizes;
  for (size_t at = 0; at < bytes.size();) {
    const auto stream = read_xz_stream(std::string_view(bytes).substr(at), 1 << 23);
    REQUIRE(stream.problem.empty());
    sizes.push_back(stream.content.size());
    at += stream.size;
  }
  CHECK(sizes == std::vector<size_t>{2000, 3 << 20, 1000});
}

TEST_CASE("a pack cut off anywhere keeps its whole streams and says what is lost", "[results][pack]") {
  std::vector<std::string> digests, streams;
  std::string bytes;
  std::vector<size_t> ends;
  for (int64_t last = 900; last < 903; ++last) {
    digests.push_back(stored(last).digest);
    bytes += pack_streams({pack_line(stored(last), std::nullopt)});
    ends.push_back(bytes.size());
  }
  for (size_t length = 0; length < bytes.size(); length += 7) {
    CAPTURE(length);
    const auto content = read_pack(std::string_view(bytes).substr(0, length), "DIR/p.jsonl.xz");
    const auto whole = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), length) - ends.begin());
    CHECK(digests_of(content) == std::vector<std::string>(digests.begin(), digests.begin() + static_cast<long>(whole)));
    const bool at_end = whole > 0 && ends[whole - 1] == length;
    CHECK(content.problems.lines().size() == (at_end ? 0 : 1));
    if (at_end || length == 0) continue;
    const size_t begin = whole == 0 ? 0 : ends[whole - 1];
    CHECK_THAT(content.problems.lines().front(),
               Contains("DIR/p.jsonl.xz: bytes " + std::to_string(begin) + " to " + std::to_string(length)) &&
                   Contains("lost"));
  }
}

TEST_CASE("a flipped bit anywhere takes one stream, is named, and the others are read", "[results][pack]") {
  const std::string first = pack_streams({pack_line(stored(900), std::nullopt)});
  const std::string second = pack_streams({pack_line(stored(901), std::nullopt)});
  const std::string third = pack_streams({pack_line(stored(902), std::nullopt)});
  const auto sound = first + second + third;
  for (size_t at = first.size(); at < first.size() + second.size(); at += 3) {
    for (const int bit : {0, 5}) {
      CAPTURE(at, bit);
      auto bytes = sound;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const auto content = read_pack(bytes, "p");
      CHECK(digests_of(content) == std::vector<std::string>{stored(900).digest, stored(902).digest});
      REQUIRE(content.problems.lines().size() == 1);
      CHECK_THAT(content.problems.lines().front(),
                 Contains("bytes " + std::to_string(first.size()) + " to " +
                          std::to_string(first.size() + second.size()) + " are damaged") &&
                     Contains("2 other records of the pack are read"));
    }
  }
}

TEST_CASE("what was lost is named by trial where it can still be read", "[results][pack]") {
  auto bytes = pack_streams({pack_line(stored(900), std::nullopt), pack_line(stored(901), std::nullopt)});
  bytes[bytes.size() - 1] ^= 1;  // the footer: all content comes out, but nothing vouches for it
  const auto content = read_pack(bytes, "p");
  CHECK(content.lines.empty());
  REQUIRE(content.problems.lines().size() == 1);
  CHECK_THAT(content.problems.lines().front(),
             Contains("at least 2 records are lost, of trial " + stored(900).trial.substr(0, 12)));
}

TEST_CASE("lines that are not of a pack, of a newer schema or changed are named", "[results][pack]") {
  const auto sound = pack_line(stored(900), std::nullopt);
  struct Row {
    const char* why;
    std::string line, says;
  };
  auto newer = sound;
  newer.replace(newer.find("\"pack\":1"), 8, "\"pack\":2");
  const auto row = GENERATE_COPY(values<Row>({{"newer", newer, "/pack: 2 is not a schema that this program reads (1)"},
                                              {"text", "hello\n", "is not a line of a pack"},
                                              {"an array", "[1,2]\n", "is not a line of a pack"},
                                              {"cut off", sound.substr(0, 500) + "\n", "is not a line of a pack"},
                                              {"of others", "{\"a\":1}\n", "is not a line of a pack"},
                                              {"empty", "\n", "is not a line of a pack"}}));
  CAPTURE(row.why);
  const auto content = read_pack(xz(sound + row.line + sound), "p");
  CHECK(content.lines.size() == 2);
  REQUIRE(content.problems.lines().size() == 1);
  CHECK_THAT(content.problems.lines().front(), Contains("p: line 2 of the stream at byte 0: " + row.says));
  auto changed = sound;
  changed.replace(changed.find("\"a processor\""), 13, "\"A processor\"");
  const auto lines = read_pack(xz(changed), "p").lines;
  REQUIRE(lines.size() == 1);
  CHECK_THROWS_WITH(lines.front()->record_text(), Contains("does not have the digest that its line names"));
}

TEST_CASE("an empty pack and one with strange bytes before it are told", "[results][pack]") {
  CHECK_THAT(read_pack("", "p").problems.lines().at(0), Contains("p: is empty"));
  const auto bytes = pack_streams({pack_line(stored(900), std::nullopt)});
  const auto content = read_pack("strange" + bytes + std::string(4, '\0') + bytes, "p");
  CHECK(content.lines.size() == 2);
  CHECK_THAT(content.problems.lines().at(0), Contains("bytes 0 to 7 are damaged: no xz stream begins here"));
}
