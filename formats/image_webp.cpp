#include <webp/demux.h>

#include <memory>

#include "core/error.h"
#include "formats/image_decoders.h"

namespace nlb {
namespace {

struct FreeWebp {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

}  // namespace

Picture decode_webp(std::string_view bytes) {
  const WebPData data{.bytes = reinterpret_cast<const uint8_t*>(bytes.data()), .size = bytes.size()};
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK) throw InputError("broken WebP: its header");
  check_picture_size(features.height, features.width);  // before anything of that size is made
  WebPAnimDecoderOptions options{};
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, FreeWebp> decoder(WebPAnimDecoderNew(&data, &options));
  if (decoder == nullptr) throw InputError("broken WebP: cut off or damaged");
  WebPAnimInfo info{};
  uint8_t* rgba = nullptr;
  int time = 0;
  if (WebPAnimDecoderGetInfo(decoder.get(), &info) == 0) throw InputError("broken WebP: its header");
  Picture picture{.height = info.canvas_height, .width = info.canvas_width, .pixels = {}};
  check_picture_size(picture.height, picture.width);
  if (WebPAnimDecoderGetNext(decoder.get(), &rgba, &time) == 0) throw InputError("broken WebP: cut off or damaged");
  const auto count = static_cast<size_t>(picture.height * picture.width);
  picture.pixels.reserve(3 * count);
  for (size_t i = 0; i < count; ++i) append_on_white(rgba + 4 * i, picture.pixels);
  return picture;
}

}  // namespace nlb
