// datasets/fetch.h -- what `nlbench data fetch` downloads for a data set. Only when asked for: nothing else in nlbench
// opens a connection.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "facts/facts.h"

namespace nlb {

/// One download: where it comes from, and the file below the data folder that it becomes.
struct Download {
  std::string address;
  std::filesystem::path file;
};

/// "https://host/folder" or "https://host/folder/", and "name" below it.
std::string address_below(const std::string& address, const std::string& name);

/// CIFAR's archive; each idx file as .gz. `from`: another server's folder or file in place of the official address ("":
/// the official one). Throws InputError for data sets that are drawn, or that come under a licence from a page.
std::vector<Download> downloads_of(const DatasetFacts& facts, const std::string& from);

/// Goes on with `file`.part where it lies, by the program curl, then renames. Throws EnvironmentError with curl's exit
/// status (no curl, no connection, no such address); what has arrived stays for the next time.
void download(const Download& what, const std::filesystem::path& data_folder, bool quiet);

}  // namespace nlb
