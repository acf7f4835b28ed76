// core/sha256.h -- SHA-256 (FIPS 180-4) through OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nlb {

using Digest = std::array<uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& add(std::span<const std::byte> bytes);
  Sha256& add(std::string_view text);
  Digest finish();  ///< once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::span<const std::byte> bytes);
Digest sha256(std::string_view text);
/// Throws EnvironmentError when the file cannot be read.
Digest sha256_of_file(const std::filesystem::path& path);
std::string hex(const Digest& digest);  ///< 64 lower-case digits
/// Throws InputError unless text is 64 hexadecimal digits.
Digest digest_from_hex(std::string_view text);

}  // namespace nlb
