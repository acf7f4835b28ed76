#include "kernels/launch.h"
#include "kernels/norm.h"

namespace nlb {
namespace {

constexpr int kThreads = 256;

static_assert(kNormTile == kWarp * 4);

/// What is read or written of [rows, channels]: tests hold the sum against norm_forward_passes and
/// norm_backward_passes.
#if defined(NLB_CUDA_SHIM)
void count_bytes(size_t bytes) { shim::add_bytes(bytes); }
#else
__device__ void count_bytes(size_t) {}
#endif

/// So many channels that lie side by side, read and written at once.
template <class T, int kWidth>
struct alignas(kWidth * sizeof(T)) Pack {
  T value[kWidth];
};

/// How the threads of a launch share [rows, channels]: a block is `lanes` threads over channels, kWidth each, times
/// kThreads / lanes over rows; it takes one tile of channels and one chunk of rows.
struct Split {
  int lanes;
  int64_t tiles, chunks, rows_each;
};

template <int kWidth>
Split split(const NormShape& shape, int64_t blocks) {
  Split how = {.lanes = 1, .tiles = 0, .chunks = 0, .rows_each = 0};
  while (how.lanes < kWarp && how.lanes * kWidth < shape.channels) how.lanes *= 2;
  how.tiles = (shape.channels + how.lanes * kWidth - 1) / (how.lanes * kWidth);
  const int64_t most = blocks / how.tiles > 0 ? blocks / how.tiles : 1, beside = kThreads / how.lanes;
  const int64_t wanted = (shape.rows + beside - 1) / beside;
  how.chunks = wanted < 1 ? 1 : (wanted < most ? wanted : most);
  how.rows_each = (shape.rows + how.chunks - 1) / how.chunks;
  NLB_CHECK(how.tiles <= blocks, "more channels than the device's blocks can take at once");
  return how;
}

/// Sums of two quantities of a thread's channels, and the block's.
template <int kWidth>
struct NormMemory {
  double first[kThreads * kWidth], second[kThreads * kWidth];
};

/// A thread's place: its first channel, and its rows of chunk `chunk`, forwards or backwards.
template <class T, int kWidth>
struct Walk {
  int lane, line, lines;
  int64_t channel, begin, end;
  bool inside;

  __device__ Walk(const NormShape& shape, const Split& how, int64_t block) {
    lane = static_cast<int>(threadIdx.x) % how.lanes;
    line = static_cast<int>(threadIdx.x) / how.lanes;
    lines = kThreads / how.lanes;
    channel = (block % how.tiles * how.lanes + lane) * kWidth;
    begin = block / how.tiles * how.rows_each;
    end = begin + how.rows_each < shape.rows ? begin + how.rows_each : shape.rows;
    inside = channel < shape.channels;
  }
  template <class Work>
  __device__ void rows(const NormShape& shape, Work work) const {
    if (!inside) return;
    for (int64_t row = begin + line; row < end; row += lines) work(row * shape.channels + channel);
  }
  /// The rows last seen come first: they are still near.
  template <class Work>
  __device__ void rows_back(const NormShape& shape, Work work) const {
    if (!inside || begin + line >= end) return;
    const int64_t last = begin + line + (end - 1 - begin - line) / lines * lines;
    for (int64_t row = last; row >= begin; row -= lines) work(row * shape.channels + channel);
  }
};

template <class T, int kWidth>
__device__ Pack<T, kWidth> load(const T* place) {
  count_bytes(sizeof(Pack<T, kWidth>));
  return *reinterpret_cast<const Pack<T, kWidth>*>(place);
}
template <class T, int kWidth>
__device__ void store(T* place, const Pack<T, kWidth>& pack) {
  count_bytes(sizeof(Pack<T, kWidth>));
  *reinterpret_cast<Pack<T, kWidth>*>(place) = pack;
}

/// Every thread's two sums -> partial[2][chunks][channels] of this block, always in one order.
template <class T, int kWidth, class Wide>
__device__ void keep_partials(const Walk<T, kWidth>& walk, const NormShape& shape, const Split& how, int64_t block,
                              const Wide* first, const Wide* second, double* partial) {
  auto& memory = block_shared<NormMemory<kWidth>>();
  const int own = static_cast<int>(threadIdx.x) * kWidth;
  for (int j = 0; j < kWidth; ++j) {
    memory.first[own + j] = static_cast<double>(first[j]);
    memory.second[own + j] = static_cast<double>(second[j]);
  }
  __syncthreads();
  for (int half = walk.lines / 2; half > 0; half /= 2) {
    if (walk.line < half) {
      for (int j = 0; j < kWidth; ++j) {
        memory.first[own + j] += memory.first[own + half * how.lanes * kWidth + j];
        memory.second[own + j] += memory.second[own + half * how.lanes * kWidth + j];
      }
    }
    __syncthreads();
  }
  if (walk.line != 0 || !walk.inside) return;
  const int64_t place = block / how.tiles * shape.channels + walk.channel, second_half = how.chunks * shape.channels;
  for (int j = 0; j < kWidth; ++j) {
    partial[place + j] = memory.first[own + j];
    partial[second_half + place + j] = memory.second[own + j];
  }
}

/// The sum over chunks of a channel's partials, by a warp; every lane has it.
__device__ double total_of(const double* partial, int64_t chunks, int64_t channels, int64_t channel) {
  double sum = 0;
  for (int64_t chunk = threadIdx.x % kWarp; chunk < chunks; chunk += kWarp) sum += partial[chunk * channels + channel];
  for (int offset = kWarp / 2; offset > 0; offset /= 2) sum += __shfl_xor_sync(kFullWarp, sum, offset);
  return sum;
}

/// Calls work(channel) in all lanes of one warp of the launch each.
template <class Work>
__device__ void each_channel(int64_t channels, Work work) {
  const int64_t warps = int64_t{gridDim.x} * kThreads / kWarp;
  for (int64_t c = (int64_t{blockIdx.x} * kThreads + threadIdx.x) / kWarp; c < channels; c += warps) work(c);
}

/// What a thread knows of its channels all the way.
template <class Wide, int kWidth>
struct Channels {
  Wide mean[kWidth] = {}, inverse[kWidth] = {}, weight[kWidth] = {}, bias[kWidth] = {};

  template <class Values>
  __device__ void read(const Values& how, int64_t channel) {
    for (int j = 0; j < kWidth; ++j) weight[j] = how.weight[channel + j], bias[j] = how.bias[channel + j];
  }
  template <class Values>
  __device__ void read_statistics(const Values& how, int64_t channel) {
    for (int j = 0; j < kWidth; ++j) mean[j] = how.mean[channel + j], inverse[j] = how.inverse[channel + j];
  }
};

template <class T, int kWidth>
__device__ void write_forward(const NormForward<T>& how, int64_t place, const Pack<T, kWidth>& s,
                              const Channels<Arithmetics<T>, kWidth>& own) {
  Pack<T, kWidth> out, after;
  if (how.after != nullptr) after = load<T, kWidth>(how.after + place);
  for (int j = 0; j < kWidth; ++j) {
    auto value = norm_value(widen(s.value[j]), own.mean[j], own.inverse[j], own.weight[j], own.bias[j]);
    if (how.after != nullptr) value += widen(after.value[j]);
    out.value[j] = narrow<T>(norm_activate(value, how.slope));
  }
  store(how.y + place, out);
}

/// The gradients that pass the activation, of channels that lie side by side.
template <class T, int kWidth>
__device__ void read_passing(const NormBackward<T>& how, int64_t place, const Pack<T, kWidth>& s,
                             const Channels<Arithmetics<T>, kWidth>& own, Arithmetics<T>* passing) {
  const auto gradient = load<T, kWidth>(how.gradient + place);
  Pack<T, kWidth> y, second;
  if (how.y != nullptr) y = load<T, kWidth>(how.y + place);
  if (how.second != nullptr) second = load<T, kWidth>(how.second + place);
  for (int j = 0; j < kWidth; ++j) {
    const auto value = how.y != nullptr
                           ? widen(y.value[j])
                           : norm_value(widen(s.value[j]), own.mean[j], own.inverse[j], own.weight[j], own.bias[j]);
    auto sum = widen(gradient.value[j]);
    if (how.second != nullptr) sum += widen(second.value[j]);
    passing[j] = norm_passing(sum, value, how.slope);
  }
}

template <class T, int kWidth>
__device__ Pack<T, kWidth> read_sum(const NormForward<T>& how, int64_t place) {
  auto s = load<T, kWidth>(how.x + place);
  if (how.before == nullptr) return s;
  const auto before = load<T, kWidth>(how.before + place);
  for (int j = 0; j < kWidth; ++j) s.value[j] = narrow<T>(widen(s.value[j]) + widen(before.value[j]));
  store(how.sum + place, s);
  return s;
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) norm_forward_kernel(NormForward<T> how, Split share, double* partial) {
  using Wide = Arithmetics<T>;
  const Walk<T, kWidth> walk(how.shape, share, blockIdx.x);
  const int64_t channels = how.shape.channels;
  double* const shift = partial + 2 * share.chunks * channels;
  Wide first[kWidth] = {}, second[kWidth] = {}, origin[kWidth] = {};
  if (walk.inside) {
    for (int j = 0; j < kWidth; ++j) {
      origin[j] = widen(how.x[walk.channel + j]);
      if (how.before != nullptr) origin[j] += widen(how.before[walk.channel + j]);
    }
  }
  walk.rows(how.shape, [&](int64_t place) {
    const auto s = read_sum<T, kWidth>(how, place);
    for (int j = 0; j < kWidth; ++j) {
      const Wide d = widen(s.value[j]) - origin[j];
      first[j] += d;
      second[j] += d * d;
    }
  });
  keep_partials(walk, how.shape, share, blockIdx.x, first, second, partial);
  if (blockIdx.x < share.tiles && walk.inside && walk.line == 0) {
    for (int j = 0; j < kWidth; ++j) shift[walk.channel + j] = static_cast<double>(origin[j]);
  }
  grid_barrier();
  each_channel(channels, [&](int64_t c) {
    const double total = total_of(partial, share.chunks, channels, c);
    const double squares = total_of(partial + share.chunks * channels, share.chunks, channels, c);
    if (threadIdx.x % kWarp != 0) return;
    const auto found = norm_moments<Wide>(shift[c], total, squares, how.shape.rows, how.epsilon);
    how.mean[c] = found.mean;
    how.inverse[c] = found.inverse;
    if (how.running_mean == nullptr) return;
    norm_keep(how.running_mean + c, found.mean, how.momentum);
    const double unbiased = static_cast<double>(how.shape.rows) / static_cast<double>(how.shape.rows - 1);
    norm_keep(how.running_variance + c, static_cast<Wide>(found.variance * unbiased), how.momentum);
  });
  grid_barrier();
  Channels<Wide, kWidth> own;
  if (walk.inside) own.read(how, walk.channel), own.read_statistics(how, walk.channel);
  const T* s = how.before != nullptr ? how.sum : how.x;
  walk.rows_back(how.shape,
                 [&](int64_t place) { write_forward<T, kWidth>(how, place, load<T, kWidth>(s + place), own); });
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) norm_evaluate_kernel(NormForward<T> how, Split share) {
  using Wide = Arithmetics<T>;
  const Walk<T, kWidth> walk(how.shape, share, blockIdx.x);
  Channels<Wide, kWidth> own;
  if (walk.inside) own.read(how, walk.channel);
  for (int j = 0; walk.inside && j < kWidth; ++j) {
    own.mean[j] = how.running_mean[walk.channel + j];
    own.inverse[j] =
        static_cast<Wide>(1 / sqrt(static_cast<double>(how.running_variance[walk.channel + j]) + how.epsilon));
  }
  walk.rows(how.shape,
            [&](int64_t place) { write_forward<T, kWidth>(how, place, read_sum<T, kWidth>(how, place), own); });
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) norm_backward_kernel(NormBackward<T> how, Split share, double* partial) {
  using Wide = Arithmetics<T>;
  const Walk<T, kWidth> walk(how.shape, share, blockIdx.x);
  const int64_t channels = how.shape.channels, second_half = share.chunks * channels;
  double* const totals = partial + 2 * second_half;
  Wide first[kWidth] = {}, second[kWidth] = {};
  Channels<Wide, kWidth> own;
  if (walk.inside) own.read(how, walk.channel), own.read_statistics(how, walk.channel);
  walk.rows(how.shape, [&](int64_t place) {
    const auto s = load<T, kWidth>(how.s + place);
    Wide passing[kWidth];
    read_passing<T, kWidth>(how, place, s, own, passing);
    for (int j = 0; j < kWidth; ++j) {
      first[j] += passing[j];
      second[j] += passing[j] * (widen(s.value[j]) - own.mean[j]);
    }
  });
  keep_partials(walk, how.shape, share, blockIdx.x, first, second, partial);
  grid_barrier();
  each_channel(channels, [&](int64_t c) {
    const double total = total_of(partial, share.chunks, channels, c);
    const double product = total_of(partial + second_half, share.chunks, channels, c);
    if (threadIdx.x % kWarp != 0) return;
    how.bias_gradient[c] = static_cast<Wide>(total);
    how.weight_gradient[c] = static_cast<Wide>(product * static_cast<double>(how.inverse[c]));
    totals[c] = total / static_cast<double>(how.shape.rows);
    totals[channels + c] = product / static_cast<double>(how.shape.rows);
  });
  grid_barrier();
  Wide mean[kWidth] = {}, slope[kWidth] = {}, scale[kWidth] = {};
  for (int j = 0; walk.inside && j < kWidth; ++j) {
    const auto inverse = static_cast<double>(own.inverse[j]);
    scale[j] = own.inverse[j] * own.weight[j];
    mean[j] = static_cast<Wide>(totals[walk.channel + j]);
    slope[j] = static_cast<Wide>(totals[channels + walk.channel + j] * inverse * inverse);
  }
  walk.rows_back(how.shape, [&](int64_t place) {
    const auto s = load<T, kWidth>(how.s + place);
    Pack<T, kWidth> input, after, other;
    if (how.other != nullptr) other = load<T, kWidth>(how.other + place);
    Wide passing[kWidth];
    read_passing<T, kWidth>(how, place, s, own, passing);
    for (int j = 0; j < kWidth; ++j) {
      Wide gradient = (passing[j] - mean[j] - (widen(s.value[j]) - own.mean[j]) * slope[j]) * scale[j];
      if (how.other != nullptr) gradient += widen(other.value[j]);
      input.value[j] = narrow<T>(gradient);
      after.value[j] = narrow<T>(passing[j]);
    }
    store(how.input + place, input);
    if (how.after != nullptr) store(how.after + place, after);
  });
}

template <class T, int kWidth>
void forward(const NormForward<T>& how, double* workspace, void* stream) {
  const auto kernel = norm_forward_kernel<T, kWidth>;
  const Split share = split<kWidth>(how.shape, blocks_at_once(kernel, kThreads, kNormBlocks));
  launch_together("batch norm kernel", kernel, static_cast<unsigned>(share.tiles * share.chunks), kThreads, stream, how,
                  share, workspace);
}

template <class T, int kWidth>
void backward(const NormBackward<T>& how, double* workspace, void* stream) {
  const auto kernel = norm_backward_kernel<T, kWidth>;
  const Split share = split<kWidth>(how.shape, blocks_at_once(kernel, kThreads, kNormBlocks));
  launch_together("batch norm's backward kernel", kernel, static_cast<unsigned>(share.tiles * share.chunks), kThreads,
                  stream, how, share, workspace);
}

template <class T, int kWidth>
void evaluate(const NormForward<T>& how, void* stream) {
  const Split share = split<kWidth>(how.shape, kNormBlocks);
  launch("batch norm's evaluation kernel", norm_evaluate_kernel<T, kWidth>,
         dim3(static_cast<unsigned>(share.tiles * share.chunks)), kThreads, stream, how, share);
}

constexpr int kWide = 4;

}  // namespace

template <class T>
void norm_forward_cuda(const NormForward<T>& how, double* workspace, void* stream) {
  if (how.shape.rows * how.shape.channels == 0) return;  // a launch without blocks is an error
  how.shape.channels % kWide == 0 ? forward<T, kWide>(how, workspace, stream) : forward<T, 1>(how, workspace, stream);
}

template <class T>
void norm_evaluate_cuda(const NormForward<T>& how, void* stream) {
  if (how.shape.rows * how.shape.channels == 0) return;
  how.shape.channels % kWide == 0 ? evaluate<T, kWide>(how, stream) : evaluate<T, 1>(how, stream);
}

template <class T>
void norm_backward_cuda(const NormBackward<T>& how, double* workspace, void* stream) {
  if (how.shape.rows * how.shape.channels == 0) return;
  how.shape.channels % kWide == 0 ? backward<T, kWide>(how, workspace, stream) : backward<T, 1>(how, workspace, stream);
}

#define NLB_NORM(T)                                                       \
  template void norm_forward_cuda(const NormForward<T>&, double*, void*); \
  template void norm_evaluate_cuda(const NormForward<T>&, void*);         \
  template void norm_backward_cuda(const NormBackward<T>&, double*, void*);
NLB_NORM(float)
NLB_NORM(double)
NLB_NORM(Bfloat16)
#undef NLB_NORM

}  // namespace nlb
