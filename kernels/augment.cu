#include "kernels/augment.h"
#include "kernels/launch.h"

namespace nlb {
namespace {

constexpr int kWarps = 8;

constexpr int kPolicyThreads = 128;

/// A block. Nobody leaves a piece of work before all have finished it, so that the next piece sees what it wrote.
struct BlockTeam {
  template <class Work>
  NLB_HD void each(int32_t count, Work work) const {
#if defined(NLB_ON_DEVICE)
    for (auto i = static_cast<int32_t>(threadIdx.x); i < count; i += static_cast<int32_t>(blockDim.x)) work(i);
    __syncthreads();
#endif
  }
  template <class Work>
  NLB_HD void lines(int32_t height, int32_t width, Work work) const {
    each(height * width, [=](int32_t i) { work(i / width, i % width); });
  }
  template <class Term>
  NLB_HD uint32_t total(int32_t count, Term term, uint32_t* cell) const {
#if defined(NLB_ON_DEVICE)
    if (threadIdx.x == 0) *cell = 0;
    __syncthreads();
    uint32_t part = 0;
    for (auto i = static_cast<int32_t>(threadIdx.x); i < count; i += static_cast<int32_t>(blockDim.x)) part += term(i);
    atomicAdd(cell, part);
    __syncthreads();
#endif
    return *cell;
  }
  NLB_HD void add(uint32_t* cell, uint32_t value) const {
#if defined(NLB_ON_DEVICE)
    atomicAdd(cell, value);
#endif
  }
};

struct PolicyCells {
  uint32_t cell[kCanvasCells];
};

// One block per sample, which leaves the policy's version of it in the first half of its canvas.
__global__ void policy_kernel(PixelArray images, const int64_t* rows, Augmentation how, uint8_t* canvases) {
  auto& cells = block_shared<PolicyCells>().cell;
  const int64_t row = rows[blockIdx.x];
  const int32_t height = images.height, width = images.width, plane = height * width;
  const uint8_t* source = images.image(int64_t{blockIdx.x}, row);
  uint8_t* target = canvases + int64_t{blockIdx.x} * 2 * kCanvasPlanes * plane;
  Canvas canvas = {target, target + kCanvasPlanes * plane, cells, height, width};
  const BlockTeam team;
  team.each(kCanvasPlanes * plane, [=](int32_t i) { target[i] = i < 3 * plane ? source[i] : kCovered; });
  for (int32_t number = 0; number < how.policy.rounds * how.policy.steps; ++number) {
    const auto drawn = draw_operation(how.policy, policy_draws(how), row, number, height, width);
    if (drawn.operation != nullptr) operate(team, *drawn.operation, drawn.centre, canvas);
  }
  const uint8_t* image = canvas.image;
  if (image != target) team.each(kCanvasPlanes * plane, [=](int32_t i) { target[i] = image[i]; });
}

// One block per sample; each warp draws the sample's placement for itself (cheaper than sharing it) and takes every
// eighth line. A lane clears only what it wrote itself.
template <class T>
__global__ void augment_kernel(PixelArray images, const int64_t* rows, Augmentation how, const T* table,
                               const uint8_t* canvases, T* out) {
  const int64_t row = rows[blockIdx.x];
  const Placement placement = draw_placement(how, row);
  const int32_t lines = images.channels * images.height;
  const int64_t plane_size = int64_t{images.height} * images.width;
  const uint8_t* image = images.image(int64_t{blockIdx.x}, row);
  const uint8_t* cover = nullptr;
  if (canvases != nullptr) {
    image = canvases + int64_t{blockIdx.x} * 2 * kCanvasPlanes * plane_size;
    cover = image + 3 * plane_size;
  }
  const bool clear_padding = how.pad_normalised && how.pad > 0;
  const bool clears = cover != nullptr || how.cutout > 0 || clear_padding;
  const Square square = draw_cutout(how, row, images.height, images.width);
  T* sample = out + int64_t{blockIdx.x} * images.channels * plane_size;
  const auto lane = static_cast<int32_t>(threadIdx.x);
  for (int32_t line = static_cast<int32_t>(threadIdx.y); line < lines; line += kWarps) {
    const int32_t channel = line / images.height, y = line % images.height;
    T* target = sample + int64_t{line} * images.width;
    augment_line(image + channel * plane_size, images.height, images.width, y, placement, table + channel * 256, lane,
                 kWarp, target);
    if (clears) {
      clear_line(cover, images.height, images.width, y, placement, square, clear_padding, lane, kWarp, target);
    }
  }
}

}  // namespace

template <class T>
void augment_cuda(const PixelArray& images, const int64_t* rows, int64_t count, const Augmentation& how, const T* table,
                  uint8_t* canvases, T* out, void* stream) {
  if (count == 0) return;  // a launch without blocks is an error
  const bool paints = how.policy.rounds > 0;
  const dim3 blocks(static_cast<unsigned>(count));
  if (paints) {
    NLB_CHECK(images.channels == 3 && canvases != nullptr, "a policy changes images of three channels, on canvases");
    launch("policy kernel", policy_kernel, blocks, kPolicyThreads, stream, images, rows, how, canvases);
  }
  launch("augmentation kernel", augment_kernel<T>, blocks, dim3(kWarp, kWarps), stream, images, rows, how, table,
         paints ? canvases : nullptr, out);
}

template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const float*, uint8_t*,
                           float*, void*);
template void augment_cuda(const PixelArray&, const int64_t*, int64_t, const Augmentation&, const double*, uint8_t*,
                           double*, void*);

}  // namespace nlb
