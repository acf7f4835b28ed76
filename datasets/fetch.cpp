#include "datasets/fetch.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "datasets/forms/registry.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// The exit status of a program found in PATH. The words are passed as they are, through no shell.
int run(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, pointers.front(), nullptr, nullptr, pointers.data(), environ);
  if (error == ENOENT) throw EnvironmentError("no program " + words.front() + "; install the Debian package curl");
  if (error != 0) throw EnvironmentError("cannot start " + words.front() + ": " + std::strerror(error));
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw EnvironmentError("cannot wait for " + words.front() + ": " + std::strerror(errno));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string address_below(const std::string& address, const std::string& name) {
  return address + (address.ends_with('/') ? "" : "/") + name;
}

std::vector<Download> downloads_of(const DatasetFacts& facts, const std::string& from) {
  auto all = form_of(facts).downloads(facts, from.empty() ? facts.address : from);
  if (!all.empty()) return all;
  throw InputError("data set \"" + facts.id + "\" is not downloaded by nlbench" +
                   (facts.files.empty() ? ": it is drawn and needs no file" : "; get it from " + facts.address));
}

void download(const Download& what, const fs::path& data_folder, bool quiet) {
  const fs::path file = data_folder / what.file, part = file.string() + ".part";
  if (fs::exists(file)) return;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) throw EnvironmentError(file.parent_path().string() + ": " + error.message());
  const std::string progress = quiet ? "--silent" : "--progress-bar";
  const int status = run({"curl", "--fail", "--location", "--show-error", progress, "--continue-at", "-", "--output",
                          part.string(), "--", what.address});
  if (status != 0) {
    throw EnvironmentError(what.address + ": curl ends with status " + std::to_string(status) +
                           "; what has arrived is kept, the same command continues");
  }
  fs::rename(part, file, error);
  if (error) throw EnvironmentError(file.string() + ": " + error.message());
}

}  // namespace nlb
