#include "batches/resident_images.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "core/error.h"

namespace nlb {
namespace {

/// The images that are chosen, each once, in the order of their first choice; and where each choice lies among them.
struct Distinct {
  std::vector<int64_t> images, places;
};

Distinct find_distinct(const ImageSource& images, std::span<const int64_t> chosen) {
  Distinct result;
  std::vector<int64_t> place(static_cast<size_t>(images.count()), -1);
  for (const int64_t index : chosen) {
    check_image_index(index, images.count());
    int64_t& found = place[static_cast<size_t>(index)];
    if (found < 0) {
      found = std::ssize(result.images);
      result.images.push_back(index);
    }
    result.places.push_back(found);
  }
  return result;
}

torch::Tensor copy_pixels(const ImageSource& images, const std::vector<int64_t>& chosen) {
  NLB_CHECK(images.shape().has_value(), "images that stay on a device have one shape");
  const ImageShape shape = *images.shape();
  auto pixels = torch::empty({std::ssize(chosen), shape.channels, shape.height, shape.width}, torch::kUInt8);
  copy_images(images, chosen, pixels.mutable_data_ptr<uint8_t>());
  return pixels;
}

template <class T>
torch::Tensor make_table(int64_t channels, const NormalisationSpec& spec) {
  const auto table = normalisation_table<T>(static_cast<int32_t>(channels), spec.mean, spec.std);
  return torch::tensor(table, c10::CppTypeToScalarType<T>::value).view({channels, 256});
}

PixelArray array_of(const torch::Tensor& pixels, const torch::Tensor& places) {
  return {.pixels = pixels.const_data_ptr<uint8_t>(),
          .channels = static_cast<int32_t>(pixels.size(1)),
          .height = static_cast<int32_t>(pixels.size(2)),
          .width = static_cast<int32_t>(pixels.size(3)),
          .places = places.defined() ? places.const_data_ptr<int64_t>() : nullptr};
}

void check_rows(const torch::Tensor& rows, int64_t size) {
  const std::span<const int64_t> values(rows.const_data_ptr<int64_t>(), static_cast<size_t>(rows.numel()));
  for (const int64_t row : values) {
    NLB_CHECK(row >= 0 && row < size, "sample " + std::to_string(row) + " of " + std::to_string(size));
  }
}

template <class T>
void launch(const torch::Tensor& pixels, const torch::Tensor& places, const torch::Tensor& rows,
            const Augmentation& how, const torch::Tensor& table, torch::Tensor& out) {
  const auto* row = rows.const_data_ptr<int64_t>();
  const auto* values = table.const_data_ptr<T>();
  if (pixels.is_cuda()) {
    const c10::DeviceGuard guard(pixels.device());
    const c10::impl::VirtualGuardImpl device(pixels.device().type());
    torch::Tensor canvases;  // freed for this stream's later work only: the kernels may still run
    if (how.policy.rounds > 0) {
      canvases = torch::empty({rows.size(0), 2, kCanvasPlanes, pixels.size(2), pixels.size(3)}, pixels.options());
    }
    augment_cuda(array_of(pixels, places), row, rows.size(0), how, values,
                 canvases.defined() ? canvases.mutable_data_ptr<uint8_t>() : nullptr, out.mutable_data_ptr<T>(),
                 device.getStream(pixels.device()).native_handle());
    return;
  }
  augment_cpu(array_of(pixels, places), row, rows.size(0), how, values, out.mutable_data_ptr<T>());
}

}  // namespace

ResidentImages::ResidentImages(const ImageSource& images, std::span<const int64_t> chosen,
                               const NormalisationSpec& normalisation, torch::Device device, torch::ScalarType type)
    : size_(static_cast<int64_t>(chosen.size())) {
  NLB_CHECK(type == torch::kFloat32 || type == torch::kFloat64, "images come as float32 or float64");
  const Distinct kept = find_distinct(images, chosen);
  pixels_ = copy_pixels(images, kept.images).to(device);
  if (kept.images.size() < chosen.size()) places_ = torch::tensor(kept.places, torch::kLong).to(device);
  const int64_t channels = pixels_.size(1);
  table_ = (type == torch::kFloat32 ? make_table<float>(channels, normalisation)
                                    : make_table<double>(channels, normalisation))
               .to(device);
  if (device.is_cpu() && type == torch::kFloat32 && formula_kernels().image != nullptr) {
    formulas_ = pixel_formulas(static_cast<int32_t>(channels), normalisation.mean, normalisation.std);
  }
}

torch::Tensor ResidentImages::render(const torch::Tensor& rows, const Augmentation& how) const {
  NLB_CHECK(rows.dim() == 1 && rows.scalar_type() == torch::kLong && rows.device() == device(),
            "rows are one-dimensional, int64, on the images' device");
  const auto contiguous = rows.contiguous();
  if (contiguous.is_cpu()) check_rows(contiguous, size());  // on a GPU the look would cost a synchronisation
  auto out = torch::empty({rows.size(0), pixels_.size(1), pixels_.size(2), pixels_.size(3)}, table_.options());
  if (!formulas_.empty()) {
    augment_cpu(array_of(pixels_, places_), contiguous.const_data_ptr<int64_t>(), rows.size(0), how, formulas_,
                out.mutable_data_ptr<float>());
  } else if (table_.scalar_type() == torch::kFloat32) {
    launch<float>(pixels_, places_, contiguous, how, table_, out);
  } else {
    launch<double>(pixels_, places_, contiguous, how, table_, out);
  }
  return out;
}

}  // namespace nlb
