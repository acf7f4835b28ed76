// reports/pages/templates.h -- the mustache templates of a folder; each page gets the style and the script, and their
// digests for the content-security policy.
#pragma once

#include <filesystem>
#include <kainjow/mustache.hpp>
#include <map>
#include <string>

namespace nlb {

class Templates {
 public:
  /// Throws EnvironmentError when a template cannot be read.
  explicit Templates(const std::filesystem::path& folder);
  /// Sets style, script, their digests and the partials on `page`.
  std::string render(const std::string& name, kainjow::mustache::data page) const;

 private:
  std::map<std::string, std::string> texts_;
  std::string style_, style_digest_, script_, script_digest_;
};

}  // namespace nlb
