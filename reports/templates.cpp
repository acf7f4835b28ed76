#include "reports/templates.h"

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"

namespace nlb {

Templates::Templates(const std::filesystem::path& folder) {
  for (const auto* name : {"page", "run", "index", "head", "plot", "matrix"})
    texts_[name] = read_file(folder / (std::string(name) + ".mustache"));
  style_ = read_file(folder / "style.css");
  style_digest_ = base64(sha256(style_));
}

std::string Templates::render(const std::string& name, kainjow::mustache::data page) const {
  using kainjow::mustache::partial;
  page.set("style", style_);
  page.set("style_digest", style_digest_);
  for (const auto* part : {"head", "plot", "matrix"}) {
    page.set(part, partial([text = texts_.at(part)] { return text; }));
  }
  kainjow::mustache::mustache view(texts_.at(name));
  NLB_CHECK(view.is_valid(), "template " + name + ": " + view.error_message());
  return view.render(page);
}

}  // namespace nlb
