#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "formats/archive.h"
#include "formats/gzip.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

using Catch::Contains;

struct TarCase {
  Json entry;
  std::string content;
  FilePart part;
};

std::vector<TarCase> tar_cases(const test::TemporaryFolder& folder) {
  std::vector<TarCase> cases;
  for (const Json& entry : Json::parse(read_file(NLB_SOURCE_DIR "/tests/formats/tar_files.json"))) {
    const auto packed = from_base64(entry.at("gz").get<std::string>());
    const FilePart part{.path = folder.path() / (std::to_string(cases.size()) + ".tar")};
    TarCase one{entry, gunzip(std::string(packed.begin(), packed.end()), 1 << 20), part};
    write_file_whole(one.part.path, one.content);
    if (entry.contains("inside")) {
      one.part.offset = entry.at("inside")[0];
      one.part.bytes = entry.at("inside")[1];
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace

TEST_CASE("the files of a tar lie where Python's tarfile finds them", "[formats][tar]") {
  const test::TemporaryFolder folder;
  int64_t read = 0, refused = 0;
  for (const TarCase& one : tar_cases(folder)) {
    CAPTURE(one.entry.at("name").get<std::string>());
    if (one.entry.at("refused").is_string()) {
      CHECK_THROWS_WITH(tar_index(one.part), Contains(one.entry.at("refused").get<std::string>()));
      CHECK_THROWS_AS(tar_index(one.part), InputError);
      ++refused;
      continue;
    }
    Json found = Json::array();
    for (const TarMember& member : tar_index(one.part)) found.push_back({member.name, member.offset, member.bytes});
    CHECK(found == one.entry.at("members"));
    ++read;
  }
  CHECK(read == 11);
  CHECK(refused == 4);
  CHECK_THROWS_AS(tar_index({.path = folder.path() / "none.tar"}), EnvironmentError);
}

}  // namespace nlb
