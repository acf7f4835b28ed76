#include "results/pack.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/sha256.h"
#include "core/text.h"
#include "formats/xz.h"

namespace nlb {
namespace {

constexpr size_t kStreamLimit = size_t{1} << 28;  // bytes of content; a small stream may hold very much
constexpr size_t kNamed = 3;                      // lost trials that a message names

/// Walks one object of JSON and gives its values as they are written: a record's digest is one of its bytes.
class ObjectScanner {
 public:
  explicit ObjectScanner(std::string_view text) : text_(text) {}

  /// Key and value of each member; nothing where the text is not an object. Of the values only their extent is looked
  /// at, so what they hold is for their readers to judge.
  std::optional<std::vector<std::pair<std::string_view, std::string_view>>> members() {
    std::vector<std::pair<std::string_view, std::string_view>> found;
    if (!take('{')) return std::nullopt;
    do {
      const auto key = value();
      if (key.size() < 2 || key.front() != '"' || !take(':')) return std::nullopt;
      const auto content = value();
      if (content.empty()) return std::nullopt;
      found.emplace_back(key.substr(1, key.size() - 2), content);
    } while (take(','));
    if (!take('}') || at_ != text_.size()) return std::nullopt;
    return found;
  }

 private:
  bool take(char sign) {
    if (at_ >= text_.size() || text_[at_] != sign) return false;
    ++at_;
    return true;
  }

  std::string_view value() {
    const size_t begin = at_;
    size_t depth = 0;
    while (at_ < text_.size()) {
      const char sign = text_[at_];
      if (depth == 0 && at_ > begin && (sign == ',' || sign == ':' || sign == '}')) break;
      if (sign == '"') {
        skip_string();
      } else {
        if (sign == '{' || sign == '[') ++depth;
        if ((sign == '}' || sign == ']') && depth-- == 0) return {};
        ++at_;
      }
      if (depth == 0 && (sign == '"' || sign == '}' || sign == ']')) break;
    }
    return text_.substr(begin, at_ - begin);
  }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : std::string_view();
}

/// A file's text as a value of the line: itself where it is an object on one line, as nlbench writes it; else a string.
std::string as_value(const std::string& text) {
  const bool plain = text.size() > 2 && text.front() == '{' && text.ends_with("}\n") &&
                     text.find('\n') == text.size() - 1 && text.find('\r') == std::string::npos;
  return plain ? text.substr(0, text.size() - 1) : Json(text).dump();
}

std::string from_value(std::string_view value, const std::string& place) {
  if (value.starts_with('{')) return std::string(value) + "\n";
  const auto text = Json::parse(value, nullptr, false);
  if (!text.is_string()) throw InputError(place + ": is not a record of a pack; copy the pack again");
  return text.get<std::string>();
}

/// Why a line cannot be used; "" for one of this schema, whose pieces are then in `line`.
std::string scan(std::string_view text, PackLine& line) {
  static const std::string kStranger = "is not a line of a pack; it was written by another program or changed";
  const auto members = ObjectScanner(text).members();
  if (!members || members->front().first != "pack") return kStranger;
  if (const auto schema = members->front().second; schema != std::to_string(kPackSchema)) {
    return "/pack: " + std::string(schema.substr(0, 20)) + " is not a schema that this program reads (" +
           std::to_string(kPackSchema) + "); update nlbench, or leave the file out";
  }
  for (const auto& [key, value] : *members) {
    if (key == "trial") line.trial = unquoted(value);
    if (key == "digest") line.digest = unquoted(value);
    if (key == "record") line.record = value;
    if (key == "curves") line.curves = value;
    if (key == "recount") line.recount = value;
  }
  const bool whole =
      line.trial.size() == 64 && line.digest.size() == 64 && !line.record.empty() && !line.curves.empty();
  return whole ? std::string() : kStranger;
}

void read_lines(std::string text, size_t begin, const std::string& pack, PackContent& content) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  const std::string_view all = *owner;
  size_t number = 0;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    PackLine line{.pack = pack, .owner = owner, .trial = {}, .digest = {}, .record = {}, .curves = {}, .recount = {}};
    ++number;
    const auto wrong = scan(all.substr(at, end - at), line);
    if (wrong.empty()) {
      content.lines.push_back(std::make_shared<const PackLine>(std::move(line)));
    } else {
      content.problems.add(
          pack, "line " + std::to_string(number) + " of the stream at byte " + std::to_string(begin) + ": " + wrong);
    }
    at = end + 1;
  }
}

/// Of a broken stream: how many records it held at least, and whose they were.
std::string loss_of(const std::string& content) {
  std::vector<std::string> trials;
  static const std::string kMark = "\"trial\":\"";
  size_t records = 0;
  for (size_t at = 0; at < content.size(); ++records) {
    const size_t end = std::min(content.find('\n', at), content.size());
    const auto head = std::string_view(content).substr(at, std::min<size_t>(end - at, 100));
    const auto mark = head.find(kMark);
    if (mark != std::string_view::npos && trials.size() < kNamed)
      trials.emplace_back(head.substr(mark + kMark.size(), 12));
    at = end + 1;
  }
  if (records == 0) return "its records are lost";
  return "at least " + std::to_string(records) + (records == 1 ? " record is lost" : " records are lost") +
         (trials.empty() ? "" : ", of trial " + join(trials, ", ") + (records > trials.size() ? ", ..." : ""));
}

std::vector<size_t> places_of_streams(std::string_view bytes) {
  std::vector<size_t> places;
  for (size_t at = bytes.find(kXzMagic); at != std::string_view::npos; at = bytes.find(kXzMagic, at + 1))
    places.push_back(at);
  return places;
}

/// xz allows zeros behind a stream.
size_t behind_padding(std::string_view bytes, size_t at) {
  const auto next = bytes.find_first_not_of('\0', at);
  return next == std::string_view::npos ? bytes.size() : next;
}

}  // namespace

std::string PackLine::place() const { return pack + ": record " + std::string(digest.substr(0, 12)); }

std::string PackLine::record_text() const {
  auto text = from_value(record, place());
  if (hex(sha256(text)) != digest) {
    throw InputError(place() + ": its content does not have the digest that its line names; the pack was changed: " +
                     "copy it again");
  }
  return text;
}

std::optional<std::string> PackLine::curves_text() const {
  if (!has_curves()) return std::nullopt;
  return from_value(curves, place());
}

std::optional<FinalCounts> PackLine::counts() const {
  if (recount.empty()) return std::nullopt;
  Problems problems;
  ObjectReader reader(JsonNode::parse(recount, place(), problems));
  const auto rules = reader.integer("rules");
  if (rules < kOldestCountingRules || rules > kCountingRules) return std::nullopt;
  auto counts = final_counts_from_json(reader.at("final_counts"), ResultParts::record);
  reader.close();
  problems.throw_if_any();
  return counts;
}

std::string pack_line(const StoredRecord& stored, const std::optional<FinalCounts>& counts) {
  std::string line = "{\"pack\":" + std::to_string(kPackSchema) + ",\"trial\":\"" + stored.trial + "\",\"digest\":\"" +
                     stored.digest + "\"";
  if (counts) {
    // The oldest number that can say it, so that lines stay as they are and old programs read what they understand.
    const auto rules = counts->best_on_val_latest ? kCountingRules : kOldestCountingRules;
    const Json recount = {{"rules", rules}, {"final_counts", to_json(*counts, ResultParts::record)}};
    line += ",\"recount\":" + recount.dump();
  }
  line += ",\"record\":" + as_value(stored.record);
  line += ",\"curves\":" + (stored.curves ? as_value(*stored.curves) : "null");
  return line + "}\n";
}

std::string pack_streams(const std::vector<std::string>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    if (texts.empty() || texts.back().size() + line.size() > kPackStreamBytes) texts.emplace_back();
    texts.back() += line;
  }
  for_each_index(texts.size(), [&](size_t i) { texts[i] = xz(texts[i]); });
  return join(texts, "");
}

PackContent read_pack(std::string_view bytes, const std::string& pack) {
  // Where streams begin is known only by decoding what lies before, so that each place that looks like a beginning is
  // decoded at once; one inside another stream is then never asked for. It also is how reading goes on behind damage.
  const auto places = places_of_streams(bytes);
  std::vector<XzStream> streams(places.size());
  for_each_index(places.size(), [&](size_t i) { streams[i] = read_xz_stream(bytes.substr(places[i]), kStreamLimit); });
  PackContent content;
  std::vector<std::string> damages;
  for (size_t at = behind_padding(bytes, 0); at < bytes.size();) {
    const auto i = static_cast<size_t>(std::lower_bound(places.begin(), places.end(), at) - places.begin());
    const bool begins = i < places.size() && places[i] == at;
    if (begins && streams[i].problem.empty()) {
      read_lines(std::move(streams[i].content), at, pack, content);
      at = behind_padding(bytes, at + streams[i].size);
      continue;
    }
    const size_t behind = begins ? i + 1 : i;
    const size_t end = behind < places.size() ? places[behind] : bytes.size();
    damages.push_back("bytes " + std::to_string(at) + " to " + std::to_string(end) + " are damaged: " +
                      (begins ? streams[i].problem + "; " + loss_of(streams[i].content)
                              : "no xz stream begins here; what they held is lost"));
    at = end;
  }
  for (const auto& damage : damages) {
    content.problems.add(pack, damage + "; " + std::to_string(content.lines.size()) +
                                   " other records of the pack are read; copy it again from where it is whole");
  }
  if (bytes.empty()) content.problems.add(pack, "is empty; copy it again from where it is whole");
  return content;
}

bool is_pack_name(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return name.size() > kPackEnding.size() && name.ends_with(kPackEnding) && !name.starts_with('.');
}

}  // namespace nlb
