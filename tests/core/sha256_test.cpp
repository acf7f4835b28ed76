#include "core/sha256.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "core/error.h"

using namespace nlb;

TEST_CASE("sha256 agrees with the examples of FIPS 180-4", "[core][sha256]") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("how the bytes were cut does not matter", "[core][sha256]") {
  CHECK(Sha256().add("a").add("").add("bc").finish() == sha256("abc"));
}

TEST_CASE("a finished digest takes nothing more", "[core][sha256]") {
  Sha256 hash;
  hash.finish();
  CHECK_THROWS_AS(hash.add("x"), InternalError);
  CHECK_THROWS_AS(hash.finish(), InternalError);
}

TEST_CASE("a file has the digest of its bytes", "[core][sha256]") {
  const auto path = std::filesystem::temp_directory_path() / "nlb_sha256_test";
  const std::string bytes(3'000'001, 'x');
  std::ofstream(path, std::ios::binary) << bytes;
  CHECK(sha256_of_file(path) == sha256(bytes));
  std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  CHECK(sha256_of_file(path) == sha256(""));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(sha256_of_file(path), EnvironmentError);
  CHECK_THROWS_AS(sha256_of_file(path.parent_path()), EnvironmentError);
}

TEST_CASE("hex digits read back, in either case, and nothing else does", "[core][sha256]") {
  const auto digest = sha256("abc");
  std::string text = hex(digest);
  CHECK(digest_from_hex(text) == digest);
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  CHECK(digest_from_hex(text) == digest);
  CHECK_THROWS_AS(digest_from_hex(text.substr(1)), InputError);
  CHECK_THROWS_AS(digest_from_hex(text + "0"), InputError);
  text[5] = 'g';
  CHECK_THROWS_AS(digest_from_hex(text), InputError);
}
