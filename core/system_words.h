// core/system_words.h -- what the operating system refused, in words that say what to do.
#pragma once

#include <string>
#include <string_view>

namespace nlb {

/// The system's message for an errno, and behind it the cure where the message alone does not tell: EFBIG (ulimit -f),
/// EMFILE (ulimit -n), EAGAIN of a new process (ulimit -u), ENOMEM, EDQUOT, ENOLCK.
std::string system_words(int error);

/// What to do where locks do not work.
extern const std::string_view kNoLocksAdvice;

/// The limits of this process on its memory, in words: "this shell allows a process 2.1 GB of addresses (ulimit -v)";
/// "" where there are none.
std::string memory_limits_text();

}  // namespace nlb
