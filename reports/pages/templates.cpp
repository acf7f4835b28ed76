#include "reports/pages/templates.h"

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"

namespace nlb {
namespace {

constexpr const char* kPages[] = {"page", "run", "index"};
constexpr const char* kPartials[] = {
    "head",        "plot",           "matrix",        "table",          "table_row",
    "verdict_bar", "reading",        "pairwise_wins", "loss_histogram", "critical_difference",
    "twin_gap",    "correction_gap", "class_table",   "rank_agreement"};

}  // namespace

Templates::Templates(const std::filesystem::path& folder) {
  const auto read = [&](const char* name) { texts_[name] = read_file(folder / (std::string(name) + ".mustache")); };
  for (const auto* name : kPages) read(name);
  for (const auto* name : kPartials) read(name);
  style_ = read_file(folder / "style.css");
  script_ = read_file(folder / "forms.js") + read_file(folder / "page.js");
  style_digest_ = base64(sha256(style_));
  script_digest_ = base64(sha256(script_));
}

std::string Templates::render(const std::string& name, kainjow::mustache::data page) const {
  using kainjow::mustache::partial;
  page.set("style", style_);
  page.set("style_digest", style_digest_);
  page.set("script", script_);
  page.set("script_digest", script_digest_);
  for (const auto* part : kPartials) page.set(part, partial([&text = texts_.at(part)] { return text; }));
  kainjow::mustache::mustache view(texts_.at(name));
  NLB_CHECK(view.is_valid(), "template " + name + ": " + view.error_message());
  return view.render(page);
}

}  // namespace nlb
