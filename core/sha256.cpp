#include "core/sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"

namespace nlb {

namespace {

/// Looked up once: OpenSSL searches its providers each time an algorithm is only named.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  NLB_CHECK(fetched != nullptr, "OpenSSL has no SHA-256");
  return fetched;
}

/// The context that a thread's latest digest left, for its next one.
struct SpareContext {
  EVP_MD_CTX* context = nullptr;
  ~SpareContext() { EVP_MD_CTX_free(std::exchange(context, nullptr)); }
};
thread_local SpareContext spare;

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = spare.context != nullptr ? std::exchange(spare.context, nullptr) : EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(std::exchange(spare.context, context)); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  NLB_CHECK(state_->context != nullptr, "OpenSSL gave no context");
  NLB_CHECK(EVP_DigestInit_ex(state_->context, algorithm(), nullptr) == 1, "OpenSSL refused SHA-256");
}

Sha256::~Sha256() = default;

Sha256& Sha256::add(std::span<const std::byte> bytes) {
  NLB_CHECK(state_ != nullptr, "the digest is already finished");
  NLB_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "OpenSSL refused bytes");
  return *this;
}

Sha256& Sha256::add(std::string_view text) { return add(std::as_bytes(std::span(text))); }

Digest Sha256::finish() {
  NLB_CHECK(state_ != nullptr, "the digest is already finished");
  Digest digest;
  NLB_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1, "OpenSSL gave no digest");
  state_.reset();
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) { return Sha256().add(bytes).finish(); }
Digest sha256(std::string_view text) { return Sha256().add(text).finish(); }

Digest sha256_of_file(const std::filesystem::path& path) {
  const auto refuse = [&] {
    throw EnvironmentError(path.string() + ": cannot be read: " + std::generic_category().message(errno));
  };
  Sha256 hash;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) refuse();
  std::vector<char> block(size_t{1} << 20);
  do {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    if (stream.bad()) refuse();  // a folder opens, its first read fails
    hash.add(std::string_view(block.data(), static_cast<size_t>(stream.gcount())));
  } while (stream);
  return hash.finish();
}

std::string hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Digest digest_from_hex(std::string_view text) {
  const auto nibble = [](char c) {
    if ('0' <= c && c <= '9') return c - '0';
    if ('a' <= c && c <= 'f') return c - 'a' + 10;
    if ('A' <= c && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Digest digest{};
  bool valid = text.size() == 2 * digest.size();
  for (size_t i = 0; valid && i < digest.size(); ++i) {
    const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    valid = high >= 0 && low >= 0;
    digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  if (!valid) throw InputError("a SHA-256 digest has 64 hexadecimal digits; this text has not");
  return digest;
}

}  // namespace nlb
