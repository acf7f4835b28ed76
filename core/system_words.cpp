#include "core/system_words.h"

#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "core/text.h"

namespace nlb {
namespace {

std::optional<double> limit_of(__rlimit_resource_t resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::string cure_of(int error) {
  switch (error) {
    case EFBIG: {
      const auto limit = limit_of(RLIMIT_FSIZE);
      return limit ? "this shell allows files of up to " + bytes_text(*limit) + " (ulimit -f): raise it"
                   : "this file system allows no file of that size";
    }
    case EMFILE:
      return "this shell allows too few (ulimit -n): raise it";
    case EAGAIN:
      return "this shell or job allows too few processes and threads (ulimit -u): raise it";
    case ENOMEM:
      return memory_limits_text();
    case EDQUOT:
      return "your quota on this disk is used up: remove files or choose another folder";
    case ENOLCK:
      return std::string(kNoLocksAdvice);
    default:
      return {};
  }
}

}  // namespace

const std::string_view kNoLocksAdvice =
    "locks do not work on this file system: use a local folder for the results of each machine (--results DIR, with "
    "--shard i/n to share the plan) and copy these folders into one afterwards";

std::string system_words(int error) {
  const std::string words = std::generic_category().message(error), cure = cure_of(error);
  return cure.empty() ? words : words + ": " + cure;
}

std::string memory_limits_text() {
  std::string text;
  if (const auto addresses = limit_of(RLIMIT_AS))
    text = "this shell allows a process " + bytes_text(*addresses) + " of addresses (ulimit -v)";
  if (const auto data = limit_of(RLIMIT_DATA))
    text += (text.empty() ? "this shell allows a process " : " and ") + bytes_text(*data) + " of data (ulimit -d)";
  return text.empty() ? text : text + ", and LibTorch needs more: raise it";
}

}  // namespace nlb
