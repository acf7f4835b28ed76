// tests/cli/program.h -- runs the built nlbench as a process of its own, in a folder of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"

namespace nlb::test {

struct Outcome {
  int code = -1;
  std::string out, err;
};

/// A fresh folder with protocols/, gone at the end.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& folder() const { return folder_; }

  /// Sets a variable for the programs started from now on ("" unsets it). NLBENCH_WORKER is the fake worker from the
  /// start.
  Workplace& with(const std::string& name, const std::string& value);
  /// Limits the programs started from now on, as ulimit does; `resource`: RLIMIT_...
  Workplace& limit(int resource, uint64_t value);
  /// Runs nlbench with these words, in this folder, until its end.
  Outcome run(const std::vector<std::string>& words) const;

  /// A running program; killed at the end of its life.
  class Running {
   public:
    Running(pid_t process, std::string out, std::string err)
        : process_(process), out_(std::move(out)), err_(std::move(err)) {}
    Running(Running&& other) noexcept;
    ~Running();
    void signal(int number) const;
    int signal_all(int number) const;  ///< to its children too, as batch systems do; how many these are
    bool lives() const;
    std::string err() const;  ///< what it wrote to standard error so far
    Outcome wait();

   private:
    pid_t process_;
    std::string out_, err_;
  };
  Running start(const std::vector<std::string>& words) const;

  /// protocols/<id>.json: one row (ce on an mlp), one setting (0.4), seeds "1".."<seeds>".
  void write_protocol(const std::string& id, int seeds, int epochs = 2,
                      const std::string& dataset = "quickstart") const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  std::map<int, uint64_t> limits_;
};

std::string text_of(const std::filesystem::path& file);  ///< "" where there is none
std::vector<std::string> lines_of(const std::filesystem::path& file);
/// The result part of each record of a results folder, by trial id.
std::multimap<std::string, Json> records_in(const std::filesystem::path& results);
/// Waits until `happens()` or five minutes are over, which only a hang takes, however busy the machine; says which.
bool eventually(const std::function<bool()>& happens);

}  // namespace nlb::test
