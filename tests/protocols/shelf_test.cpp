#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "small_protocol.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// Two folders that go when the test ends.
struct Folders {
  std::filesystem::path root = std::filesystem::temp_directory_path() / ("nlb_shelf_" + std::to_string(::getpid()));
  Folders() {
    for (const auto* name : {"a", "b"}) std::filesystem::create_directories(root / name);
  }
  ~Folders() { std::filesystem::remove_all(root); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(root / name) << text; }
  ProtocolShelf shelf() const { return ProtocolShelf({root / "a", root / "b", root / "missing"}); }
};

}  // namespace

TEST_CASE("a protocol is found by id or by path", "[protocols][shelf]") {
  const Folders folders;
  folders.write("b/small.json", small_protocol().dump());
  CHECK(folders.shelf().find("small", facts()).id == "small");
  CHECK(folders.shelf().find((folders.root / "b/small.json").string(), facts()).id == "small");
  CHECK(folders.shelf().ids() == std::vector<std::string>{"small"});
  CHECK_THROWS_WITH(folders.shelf().find("smal", facts()),
                    Contains("no protocol \"smal\"; nearest is \"small\" (nlbench list protocols)"));
}

TEST_CASE("one id twice is fine with equal content only", "[protocols][shelf]") {
  const Folders folders;
  folders.write("a/small.json", small_protocol().dump());
  folders.write("b/small.json", small_protocol().dump());
  CHECK_NOTHROW(folders.shelf().find("small", facts()));
  folders.write("b/small.json", small_protocol().dump(2));
  CHECK_THROWS_WITH(folders.shelf().find("small", facts()), Contains("twice with different content"));
}

TEST_CASE("a file's name is its id, and its text is JSON", "[protocols][shelf]") {
  const Folders folders;
  folders.write("a/large.json", small_protocol().dump());
  CHECK_THROWS_WITH(folders.shelf().find("large", facts()), Contains("/id: \"small\"; the file's name says \"large\""));
  folders.write("a/broken.json", "{\n  \"schema\": 1,\n}");
  CHECK_THROWS_AS(folders.shelf().find("broken", facts()), InputError);
  CHECK_THROWS_WITH(folders.shelf().find("broken", facts()), Contains("broken.json:3:"));
}

TEST_CASE("a protocol like another differs in what it writes", "[protocols][shelf]") {
  const Folders folders;
  folders.write("a/small.json", small_protocol().dump());
  folders.write("a/twin.json", R"({"like": "small", "id": "twin", "precision": "tf32", "tolerance": {"points": 3}})");
  const auto table = folders.shelf().find("small", facts()), twin = folders.shelf().find("twin", facts());
  CHECK(twin.id == "twin");
  CHECK(twin.precision == "tf32");
  CHECK(table.precision == "fp32");
  CHECK(twin.tolerance.points == 3);
  CHECK(twin.tolerance.reason == table.tolerance.reason);  // merged key by key
  CHECK(twin.groups.size() == table.groups.size());
  CHECK(twin.content_digest != table.content_digest);

  // A changed table changes its twin.
  auto changed = small_protocol();
  changed["tolerance"]["reason"] = "another";
  folders.write("a/small.json", changed.dump());
  CHECK(folders.shelf().find("twin", facts()).content_digest != twin.content_digest);
}

TEST_CASE("a protocol like none, or like a twin, is refused", "[protocols][shelf]") {
  const Folders folders;
  const auto [text, problem] = GENERATE(table<const char*, const char*>(
      {{R"({"like": "smal", "id": "twin"})", "/like: \"smal\": there is no"},
       {R"({"like": "../b/small", "id": "twin"})", "/like: \"../b/small\": there is no"},
       {R"({"like": 3, "id": "twin"})", "/like: is not a text"},
       {R"({"like": "other", "id": "twin"})", "is itself like another"},
       {R"({"like": "small", "id": "twin", "precison": "tf32"})", "/precison: unknown key"},
       {R"({"like": "small"})", "\"small\"; the file's name says \"twin\""}}));
  folders.write("a/small.json", small_protocol().dump());
  folders.write("b/small.json", small_protocol().dump());
  folders.write("a/other.json", R"({"like": "small", "id": "other"})");
  folders.write("a/twin.json", text);
  CHECK_THROWS_WITH(folders.shelf().find("twin", facts()), Contains(problem));
}
