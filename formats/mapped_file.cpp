#include "formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace nlb {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto refuse = [&] {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw EnvironmentError(path.string() + ": cannot be read: " + std::strerror(error));
  };
  struct stat state = {};
  if (descriptor < 0 || ::fstat(descriptor, &state) != 0) refuse();
  size_ = static_cast<size_t>(state.st_size);
  if (size_ > 0) {
    void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped == MAP_FAILED) refuse();
    begin_ = static_cast<const char*>(mapped);
  }
  ::close(descriptor);  // the mapping keeps the file
}

MappedFile::~MappedFile() {
  if (begin_ != nullptr) ::munmap(const_cast<char*>(begin_), size_);
}

}  // namespace nlb
