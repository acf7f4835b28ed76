#include "formats/csv.h"

#include "core/error.h"

namespace nlb {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& place, char separator)
      : text_(text), place_(place), separator_(separator) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  std::vector<CsvRecord> read() {
    while (at_ < text_.size()) {
      CsvRecord record{.line = line_, .fields = {}};
      do {
        record.fields.push_back(field());
      } while (take(separator_));
      if (!end_of_line()) fail("text behind a closing quote");
      if (record.fields.size() > 1 || !record.fields.front().empty()) records_.push_back(std::move(record));
    }
    return std::move(records_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(place_ + ":" + std::to_string(line_) + ": " + what);
  }

  bool take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  /// LF, CRLF or CR; the end of the text counts too.
  bool end_of_line() {
    const bool carriage_return = take('\r');
    const bool ended = take('\n') || carriage_return || at_ >= text_.size();
    if (ended) ++line_;
    return ended;
  }

  std::string field() {
    if (take('"')) return quoted_field();
    const char ends[] = {separator_, '\r', '\n'};
    const auto end = std::min(text_.find_first_of(std::string_view(ends, 3), at_), text_.size());
    std::string value(text_.substr(at_, end - at_));
    if (value.find('"') != std::string::npos) fail("a quote inside the field " + value + "; quote the whole field");
    at_ = end;
    return value;
  }

  std::string quoted_field() {
    std::string value;
    const auto began = line_;
    while (at_ < text_.size()) {
      const char letter = text_[at_++];
      if (letter == '\n') ++line_;
      if (letter != '"') {
        value += letter;
      } else if (take('"')) {
        value += '"';
      } else {
        return value;
      }
    }
    line_ = began;
    fail("a quote that is never closed");
  }

  std::string_view text_;
  const std::string& place_;
  char separator_;
  size_t at_ = 0;
  int64_t line_ = 1;
  std::vector<CsvRecord> records_;
};

}  // namespace

std::vector<CsvRecord> read_csv(std::string_view text, const std::string& place, char separator) {
  return CsvReader(text, place, separator).read();
}

std::string csv_field(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char letter : field) text += letter == '"' ? "\"\"" : std::string(1, letter);
  return text + "\"";
}

}  // namespace nlb
