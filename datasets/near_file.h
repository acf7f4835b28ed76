// datasets/near_file.h -- which file somebody meant whose path names none: written on another system, by hand, or below
// another folder.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nlb {

/// Remembers the folders that it has listed: a table of labels has many rows.
class NearFiles {
 public:
  /// Paths are below `folder`; "" for the current folder or absolute paths.
  explicit NearFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// The existing file below the folder that `path` stands for: backslashes for slashes, other case, spaces or
  /// composition of letters, another ending of the same name, a folder too much in front, then a small slip.
  std::optional<std::string> find(const std::string& path);

 private:
  const std::vector<std::string>& names(const std::filesystem::path& folder);
  std::optional<std::string> in_folder(const std::filesystem::path& folder, const std::string& name);
  std::optional<std::string> along(const std::vector<std::string>& parts);

  std::filesystem::path folder_;
  std::map<std::filesystem::path, std::vector<std::string>> listed_;
};

/// "; nearest is X, which differs by spaces", or "".
std::string near_file_words(NearFiles& near, const std::string& path);
std::string near_file_words(const std::filesystem::path& folder, const std::string& path);

}  // namespace nlb
