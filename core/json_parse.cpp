#include "core/json_parse.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace nlb {
namespace {

using nlohmann::ordered_json;

constexpr size_t kDeepest = 64, kFewKeys = 16;
constexpr uintmax_t kLargestFile = uintmax_t{64} << 20;

/// The parser's own sentence without its number and place; bytes that may be broken UTF-8 are masked.
std::string plain_reason(const std::string& what) {
  const size_t place = what.find("column ");
  const size_t begin = place != std::string::npos ? what.find(": ", place) : what.find("] ");
  std::string reason = begin == std::string::npos ? what : what.substr(begin + 2);
  std::replace_if(
      reason.begin(), reason.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return reason;
}

/// Reads characters and leaves behind, for messages, how far it came: the parser keeps a copy of its own.
class Cursor {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char*& reached) : at_(at), reached_(&reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    const auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// Builds the value from the parser's events and throws at the place the parser has reached.
class Builder : public nlohmann::json_sax<ordered_json> {
 public:
  /// `reached`: the character that the parser looks at next.
  Builder(std::string_view text, const std::string& file, const char* const& reached)
      : text_(text), file_(file), reached_(reached) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(size_t) override { return open(ordered_json::object()); }
  bool start_array(size_t) override { return open(ordered_json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    if (occurs(open_.back(), key)) fail("the key " + ordered_json(key).dump() + " occurs twice in one object");
    open_.back().key = std::move(key);
    return true;
  }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    fail("not JSON: " + plain_reason(error.what()));
  }

  ordered_json take() { return std::move(root_); }

 private:
  /// A container is filled beside the tree and moved in when it closes, so no pointer into a growing object is kept.
  struct Open {
    ordered_json value;
    std::string key;
    std::unordered_set<std::string> keys;  ///< empty below kFewKeys members
  };

  /// Few keys are compared one by one; a set pays only for many.
  static bool occurs(Open& open, const std::string& key) {
    const auto& members = open.value.get_ref<ordered_json::object_t&>();
    if (members.size() < kFewKeys)
      return std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.first == key; });
    if (open.keys.empty()) {
      for (const auto& member : members) open.keys.insert(member.first);
    }
    return !open.keys.insert(key).second;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    const auto position = static_cast<size_t>(reached_ - text_.data());
    const auto before = text_.substr(0, position == 0 ? 0 : position - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 == 0: the first line
    throw InputError(file_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + problem);
  }

  bool add(ordered_json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& parent = open_.back(); parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else {
      // The set knows that the key is new; operator[] would search the whole object again.
      parent.value.get_ref<ordered_json::object_t&>().Container::emplace_back(std::move(parent.key), std::move(value));
    }
    return true;
  }

  bool open(ordered_json container) {
    if (open_.size() == kDeepest) fail("nested deeper than " + std::to_string(kDeepest) + " levels");
    // Growing copies every key again: an object's are constant.
    if (container.is_object()) container.get_ref<ordered_json::object_t&>().reserve(kFewKeys);
    open_.push_back({std::move(container), {}, {}});
    return true;
  }

  bool close() {
    ordered_json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  std::string_view text_;
  const std::string& file_;
  const char* const& reached_;
  std::vector<Open> open_;
  ordered_json root_;
};

}  // namespace

ordered_json parse_json(std::string_view text, const std::string& file) {
  const char* reached = text.data();
  const char* const end = text.data() + text.size();
  Builder builder(text, file, reached);
  ordered_json::sax_parse(Cursor(text.data(), reached), Cursor(end, reached), &builder);
  return builder.take();
}

std::string read_json_text(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw InputError(path.string() + ": no such file");
  if (std::filesystem::is_directory(status)) throw InputError(path.string() + ": is a folder; a file is required here");
  if (!std::filesystem::is_regular_file(status)) throw InputError(path.string() + ": is not a regular file");
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > kLargestFile) {
    throw InputError(path.string() + ": " + bytes_text(static_cast<double>(size)) + "; at most 64 MiB are read");
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(error ? 0 : static_cast<size_t>(size), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream || error) {
    throw InputError(path.string() + ": cannot be read: " + std::generic_category().message(errno));
  }
  return text;
}

}  // namespace nlb
