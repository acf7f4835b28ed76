// core/durable.h -- files that survive kill -9 and power loss: temp, write, fsync, rename, fsync folder. Each step is a
// named point where a test can crash the process or inject an error.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// Writes `bytes` as `path` whole or not at all. The temporary file is `.<name>.<pid>.<n>.tmp` in the same folder;
/// other processes' leftovers are ignored by readers. Creates missing parent folders (synced too). Throws
/// EnvironmentError naming path, step and system message; then nothing is at `path` that was not there before and no
/// temporary file is left. Only when the last step, syncing the folder, fails is the new content there: whole, but a
/// power loss may still take it back.
void write_file_durably(const std::filesystem::path& path, std::string_view bytes);
void write_file_durably(const std::filesystem::path& path, std::span<const std::string_view> pieces);
/// The same without the syncs, for what can be made again: whole or not at all for readers and after a crash of this
/// process; a power loss may leave the file empty or cut off.
void write_file_whole(const std::filesystem::path& path, std::string_view bytes);
/// Removes a file and syncs its folder; no error if it is not there.
void remove_file_durably(const std::filesystem::path& path);
/// Throws EnvironmentError naming the path and the system's message.
std::string read_file(const std::filesystem::path& path);
/// Removes temporary files in `folder` whose writing process no longer lives on this machine (neither its number nor
/// its lock on the file is found). Errors are left to the next write.
void sweep_leftovers(const std::filesystem::path& folder);

/// The points of durable writing, in order: "open", "write", "sync", "close", "rename", "sync_folder"; and of removal:
/// "unlink".
const std::vector<std::string>& durable_points();

/// Fault injection, only through the environment so that it reaches real processes in tests:
///   NLB_FAULT="crash:rename:3"   abort at the third arrival at that point
///   NLB_FAULT="ENOSPC:write:2"   the second write fails with that error (ENOSPC or EIO; ENOLCK at "lock": core/lock.h)
/// Arrivals at sync_folder include those for created and emptied folders. Throws InputError on any other text.
/// Returns 0 or the errno to pretend at this point. Costs one static read when unset.
int fault_at(std::string_view point);

}  // namespace nlb
