// images/packed_images.h -- images that stay in a file and are read when they are asked for: the records of an official
// file, or a pack, in which images of any shapes lie one after another.
#pragma once

#include <filesystem>

#include "images/image_source.h"
#include "images/memory_images.h"

namespace nlb {

/// A pack is, all numbers little-endian: the eight bytes "NLBIMG1\n"; u64 count; u32 channels, height, width of every
/// image, 0 0 0 where they differ; u32 zero; 32 bytes SHA-256 over what follows and then over bytes 8 to 31; the pixels
/// of one image after another; where the shapes differ, u32 channels, height, width of each.
class PackedImages final : public ImageSource {
 public:
  /// Opens a pack and reads its header and table, no pixels. Throws InputError for a file that is not one or was cut
  /// off, EnvironmentError where it cannot be read.
  explicit PackedImages(const std::filesystem::path& pack);
  /// `count` records of any file; `digest`: that of its content.
  PackedImages(const std::filesystem::path& file, ImageShape shape, ImageRecords records, int64_t count,
               std::string digest);
  ~PackedImages() override;

  int64_t count() const override { return count_; }
  std::optional<ImageShape> shape() const override { return shape_; }
  std::string digest() const override { return digest_; }  ///< of a pack as its header says
  void read(std::span<const int64_t> indices, const ImageSink& sink) const override;

  /// Reads a whole pack. Throws InputError where its content has another digest than its header says.
  static void verify(const std::filesystem::path& pack);

 private:
  struct File;
  struct Place {
    int64_t offset = 0;
    ImageShape shape;
  };
  Place place_of(int64_t index) const;
  void read_header(int64_t bytes);
  void read_shapes(int64_t bytes);

  std::unique_ptr<File> file_;
  int64_t count_ = 0;
  std::optional<ImageShape> shape_;
  ImageRecords records_;            // where all have one shape
  std::vector<Place> places_ = {};  // where they differ
  std::string digest_;
};

/// Writes a pack image by image, in the memory of one. What was written is at `path` whole after finish(), and not at
/// all before and without it.
class PackWriter {
 public:
  explicit PackWriter(std::filesystem::path path);  ///< Throws EnvironmentError, as all that writes here.
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  void add(const ImageView& image);
  std::string finish();  ///< returns the digest; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nlb
