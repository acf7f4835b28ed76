// core/program_folder.h -- where the running program lies, and what came with it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nlb {

/// The folder of the running program, symbolic links resolved.
std::filesystem::path program_folder();

/// The folder `name` that came with the program and has a file `holds`: installed in <prefix>/share/nlbench, or in the
/// clone that the program was built in (build/<preset>/bin lies three folders below it).
std::optional<std::filesystem::path> shipped_folder(const std::string& name, const std::string& holds);

}  // namespace nlb
