#include "datasets/near_file.h"

#include <algorithm>
#include <iterator>

#include "core/letters.h"
#include "core/text.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// Of a path written on Windows too.
std::vector<std::string> parts_of(const std::string& path) {
  std::string slashes = path;
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  std::vector<std::string> parts;
  if (slashes.starts_with('/')) parts.emplace_back("/");
  for (auto& part : split(slashes, '/')) {
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
  }
  return parts;
}

std::string stem_look(const std::string& name) { return look_of(fs::path(name).stem().string()); }

/// Files are often numbered, and another number is another image, not a slip.
std::string digits_of(std::string name) {
  std::erase_if(name, [](char letter) { return letter < '0' || letter > '9'; });
  return name;
}

}  // namespace

const std::vector<std::string>& NearFiles::names(const fs::path& folder) {
  const auto [place, fresh] = listed_.try_emplace(folder);
  if (!fresh) return place->second;
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end; !error && entry != end;
       entry.increment(error)) {
    place->second.push_back(entry->path().filename().string());
  }
  std::sort(place->second.begin(), place->second.end());
  return place->second;
}

std::optional<std::string> NearFiles::in_folder(const fs::path& folder, const std::string& name) {
  std::error_code error;
  if (name == "/" || name == ".." || fs::exists(folder / name, error)) return name;
  const auto& there = names(folder);
  const auto first = [&](const auto& fits) -> std::optional<std::string> {
    const auto found = std::find_if(there.begin(), there.end(), fits);
    return found == there.end() ? std::nullopt : std::optional(*found);
  };
  if (auto same = first([&](const std::string& one) { return look_of(one) == look_of(name); })) return same;
  if (auto same = first([&](const std::string& one) { return stem_look(one) == stem_look(name); })) return same;
  std::vector<std::string> same_number;
  std::copy_if(there.begin(), there.end(), std::back_inserter(same_number),
               [&](const std::string& one) { return digits_of(one) == digits_of(name); });
  return nearest(name, same_number);
}

std::optional<std::string> NearFiles::along(const std::vector<std::string>& parts) {
  fs::path found;
  for (const auto& part : parts) {
    const auto name = in_folder(folder_ / found, part);
    if (!name) return std::nullopt;
    found /= *name;
  }
  std::error_code error;
  return fs::is_regular_file(folder_ / found, error) ? std::optional(found.string()) : std::nullopt;
}

std::optional<std::string> NearFiles::find(const std::string& path) {
  auto parts = parts_of(path);
  while (!parts.empty()) {
    if (auto found = along(parts)) return found;
    parts.erase(parts.begin());
  }
  return std::nullopt;
}

std::string near_file_words(NearFiles& near, const std::string& path) {
  const auto found = near.find(path);
  if (!found) return "";
  if (path.find('\\') != std::string::npos) return "; nearest is " + *found + " (folders are separated by /)";
  const auto difference = difference_of_look(path, *found);
  return "; nearest is " + *found + (difference ? ", which differs by " + *difference : "");
}

std::string near_file_words(const fs::path& folder, const std::string& path) {
  NearFiles near(folder);
  return near_file_words(near, path);
}

}  // namespace nlb
