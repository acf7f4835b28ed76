// protocols/library.h -- what protocols of a folder share: published/<id>.json (numbers of one source) and
// recipes/<id>.json (nets and recipes of one code). A protocol names an entry by its place, "<id>/<entry>".
#pragma once

#include "protocols/parse.h"
#include "protocols/published.h"

namespace nlb {

/// Nets and recipes of protocols/recipes/<id>.json.
struct SharedRecipes {
  std::map<std::string, NamedNet> nets;
  std::map<std::string, NamedRecipe> recipes;
};
/// All problems are added to those of `root`.
SharedRecipes read_shared_recipes(const JsonNode& root, const Facts& facts);

/// Reads each file when it is first named, whole, so that a problem anywhere in it shows. Problems of a file name that
/// file and the place in it; of a name, the place where it is written.
class Library {
 public:
  /// The first of `folders` that has a file wins.
  Library(std::vector<std::filesystem::path> folders, Problems& problems, const Facts& facts);
  /// "source/table/row"; nullptr and a problem at `place` where there is none.
  const PublishedRow* row(const JsonNode& place);
  /// "source/table"
  const PublishedTable* table(const JsonNode& place);
  /// The values of `row`, printed by its source and then by those that it names under "also".
  std::vector<PublishedValue> values(const PublishedRow& row);
  /// "code/recipe" and "code/net"
  const NamedRecipe* recipe(const JsonNode& place);
  const NamedNet* net(const JsonNode& place);
  /// The text of every file read, in the order of their names: what a digest of a protocol covers beside its own.
  std::string texts() const;

 private:
  /// A node of the file's top, or nothing and a problem at `place`.
  std::optional<JsonNode> open(const JsonNode& place, const std::string& kind, const std::string& id);
  const std::map<std::string, PublishedTable>* published(const JsonNode& place, const std::string& id);
  const SharedRecipes* shared(const JsonNode& place, const std::string& id);

  std::vector<std::filesystem::path> folders_;
  Problems& problems_;
  const Facts& facts_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::map<std::string, PublishedTable>> published_;
  std::map<std::string, SharedRecipes> shared_;
};

/// True for the name of an entry in a file of the library, rather than of one in the protocol itself.
bool is_place(const JsonNode& name);
/// Problems of protocols/published/<id>.json or protocols/recipes/<id>.json, the groups it holds and the places it
/// names included. Returns what it holds, in words. Throws InputError.
std::string check_library_file(const std::filesystem::path& path, const Facts& facts);
/// True for a file that check_library_file reads: .json in a folder called published or recipes.
bool is_library_file(const std::filesystem::path& path);
/// Those files below a folder of protocols, sorted.
std::vector<std::filesystem::path> library_files(const std::filesystem::path& folder);

}  // namespace nlb
