#include "formats/line_problems.h"

#include <algorithm>

#include "core/error.h"
#include "core/shown_problems.h"
#include "core/text.h"

namespace nlb {

void LineProblems::add(int64_t line, const std::string& kind, const std::string& text) {
  auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& known) { return known.name == kind; });
  if (found == kinds_.end()) found = kinds_.insert(kinds_.end(), Kind{.name = kind});
  if (++found->count <= kShownOfAKind) lines_.push_back(file_ + ":" + std::to_string(line) + ": " + text);
}

void LineProblems::add(const std::string& text) { lines_.push_back(file_ + ": " + text); }

bool LineProblems::shows_next(const std::string& kind) const {
  return std::none_of(kinds_.begin(), kinds_.end(),
                      [&](const Kind& known) { return known.name == kind && known.count >= kShownOfAKind; });
}

void LineProblems::throw_if_any() const {
  if (lines_.empty()) return;
  auto all = lines_;
  for (const auto& kind : kinds_) {
    if (kind.count > kShownOfAKind) {
      all.push_back(file_ + ": " + std::to_string(kind.count - kShownOfAKind) + " further lines of this kind (" +
                    kind.name + ")");
    }
  }
  throw InputError(join(all, "\n"));
}

}  // namespace nlb
