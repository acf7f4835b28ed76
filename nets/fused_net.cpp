#include "nets/fused_net.h"

#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "kernels/conv_stage.h"
#include "kernels/linear_lanes.h"

namespace nlb {
namespace {

const Segment& segment(const ParameterStore& store, const std::string& name) {
  for (const Segment& found : store.segments()) {
    if (found.name == name) return found;
  }
  NLB_CHECK(false, "no parameter is called " + name);
}

int64_t rounded_up(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

/// What one forward pass leaves for its backward pass. Kept for the next step instead of freed. `batch` is padded to
/// whole registers; all values that belong to no image are finite and meet slopes of zero.
struct Workspace {
  struct Block {
    std::vector<torch::Tensor> inputs, convolved;  ///< per stage; inputs with their borders
  };
  int64_t count = 0, batch = 0;
  torch::Tensor images;
  std::vector<Block> blocks;              ///< of `lanes` images
  std::vector<torch::Tensor> planes;      ///< [units, batch]: input of each linear layer, then the logits
  std::vector<torch::Tensor> slopes;      ///< their gradients
  std::vector<torch::Tensor> rows;        ///< [count, units rounded up]: the same inputs
  std::vector<torch::Tensor> slope_rows;  ///< [count, units]: the gradients of the same inputs
};

}  // namespace

class FusedNet::Arithmetic {
 public:
  virtual ~Arithmetic() = default;
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;
  virtual void backward(Workspace& work, const torch::Tensor& gradient) = 0;

  std::unique_ptr<Workspace> take() {
    if (spare_.empty()) return std::make_unique<Workspace>();
    auto work = std::move(spare_.back());
    spare_.pop_back();
    return work;
  }
  void give_back(std::unique_ptr<Workspace> work) { spare_.push_back(std::move(work)); }

 private:
  std::vector<std::unique_ptr<Workspace>> spare_;
};

namespace {

/// A leaf of the graph, like the nodes that accumulate gradients: it has no next node.
class FusedBackward final : public torch::autograd::Node {
 public:
  FusedBackward(std::shared_ptr<FusedNet::Arithmetic> arithmetic, std::unique_ptr<Workspace> work)
      : arithmetic_(std::move(arithmetic)), work_(std::move(work)) {}
  ~FusedBackward() override { release(); }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    NLB_CHECK(work_ != nullptr, "the fused arithmetic goes backward once");
    NLB_CHECK(!torch::GradMode::is_enabled(), "the fused arithmetic has no second derivative");
    if (gradients.front().defined()) arithmetic_->backward(*work_, gradients.front());
    return {};
  }
  void release_variables() override { release(); }

 private:
  void release() {
    if (work_ != nullptr) arithmetic_->give_back(std::move(work_));
  }
  std::shared_ptr<FusedNet::Arithmetic> arithmetic_;
  std::unique_ptr<Workspace> work_;
};

template <typename T>
class ArithmeticOf final : public FusedNet::Arithmetic, public std::enable_shared_from_this<ArithmeticOf<T>> {
 public:
  ArithmeticOf(ParameterStore& store, const FusedPlan& plan, Isa isa);
  torch::Tensor forward(const torch::Tensor& images) override;
  void backward(Workspace& work, const torch::Tensor& gradient) override;

 private:
  struct Stage {
    ConvStage shape;
    int64_t weight = 0, bias = 0;  ///< offsets in the flat buffers
    torch::Tensor packed, packed_flipped;
    // Shared by all blocks of a backward pass, with border; its border stays zero.
    torch::Tensor gradient;
  };
  struct Layer {
    int64_t in = 0, out = 0, weight = 0, bias = 0;
  };

  T* values() { return store_.flat().template data_ptr<T>(); }
  T* gradients() { return store_.flat_gradient().template data_ptr<T>(); }
  static T* data(const torch::Tensor& tensor) { return tensor.data_ptr<T>(); }
  torch::Tensor zeros(int64_t count) const { return torch::zeros({count}, store_.flat().options()); }

  void add_stage(const FusedPlan::Stage& stage);
  void add_layer(const std::string& name);
  void prepare(Workspace& work, int64_t count, bool training) const;
  void convolve(Workspace& work, const T* images, bool training);
  void convolve_block(Workspace::Block& block, const T* images, int64_t count, LanePlanes<T> features);
  const T* input_rows(Workspace& work, size_t layer, int64_t stride) const;
  void backward_layers(Workspace& work, const T* logit_gradient, T* feature_gradient);
  void backward_block(const Workspace::Block& block, const T* feature_gradient, int64_t step);

  ParameterStore& store_;
  const ConvKernels<T>& conv_;
  const LinearKernels<T>& linear_;
  const int64_t lanes_;
  std::vector<Stage> stages_;
  std::vector<Layer> layers_;
  std::vector<torch::Tensor> pooled_gradients_;  ///< per stage but the last, of one block
};

template <typename T>
ArithmeticOf<T>::ArithmeticOf(ParameterStore& store, const FusedPlan& plan, Isa isa)
    : store_(store), conv_(conv_kernels<T>(isa)), linear_(linear_kernels<T>(isa)), lanes_(conv_.lanes) {
  for (const FusedPlan::Stage& stage : plan.stages) add_stage(stage);
  for (const std::string& name : plan.linears) add_layer(name);
}

template <typename T>
void ArithmeticOf<T>::add_stage(const FusedPlan::Stage& stage) {
  const ConvStage& shape = stage.shape;
  constexpr int64_t kLeastWidth = 5;  // of a tile of pixels
  NLB_CHECK((shape.kernel == 3 || shape.kernel == 5) && shape.padding < shape.kernel && shape.conv_height() % 2 == 0 &&
                shape.conv_width() % 2 == 0 && shape.conv_width() >= kLeastWidth && shape.width >= kLeastWidth,
            "stage " + stage.name + " does not suit the fused arithmetic");
  if (!stages_.empty()) pooled_gradients_.push_back(zeros(stages_.back().shape.pooled() * lanes_));
  stages_.push_back({.shape = shape,
                     .weight = segment(store_, stage.name + ".weight").offset,
                     .bias = segment(store_, stage.name + ".bias").offset,
                     .packed = zeros(shape.weights()),
                     .packed_flipped = zeros(shape.weights()),
                     .gradient = zeros(shape.gradient_values() * lanes_)});
}

template <typename T>
void ArithmeticOf<T>::add_layer(const std::string& name) {
  const Segment &weight = segment(store_, name + ".weight"), &bias = segment(store_, name + ".bias");
  layers_.push_back({.in = weight.count / bias.count, .out = bias.count, .weight = weight.offset, .bias = bias.offset});
}

template <typename T>
void ArithmeticOf<T>::prepare(Workspace& work, int64_t count, bool training) const {
  const int64_t batch = rounded_up(count, lanes_);
  const auto blocks = static_cast<size_t>(stages_.empty() ? 0 : (training ? batch / lanes_ : 1));
  while (work.blocks.size() < blocks) {
    Workspace::Block block;
    for (const Stage& stage : stages_) {
      block.inputs.push_back(zeros(stage.shape.input_values() * lanes_));
      block.convolved.push_back(zeros(stage.shape.convolved_values() * lanes_));
    }
    work.blocks.push_back(std::move(block));
  }
  if (work.count == count) return;
  work.count = count;
  work.batch = batch;
  work.planes.clear();
  work.slopes.clear();
  work.rows.clear();
  work.slope_rows.clear();
  for (const Layer& layer : layers_) {
    work.planes.push_back(zeros(layer.in * batch));
    work.rows.push_back(zeros(rounded_up(layer.in, lanes_) * count));
    work.slope_rows.push_back(zeros(layer.in * count));
  }
  work.planes.push_back(zeros(layers_.back().out * batch));
  for (const torch::Tensor& plane : work.planes) work.slopes.push_back(torch::zeros_like(plane));
}

template <typename T>
void ArithmeticOf<T>::convolve_block(Workspace::Block& block, const T* images, int64_t count, LanePlanes<T> features) {
  conv_.load_images(stages_.front().shape, images, count, data(block.inputs.front()));
  for (size_t i = 0; i < stages_.size(); ++i) {
    LanePlanes<T> pooled = features;
    if (i + 1 < stages_.size()) {
      const ConvStage& next = stages_[i + 1].shape;
      pooled = {data(block.inputs[i + 1]) + (next.padding * next.padded_width() + next.padding) * lanes_,
                next.padded_height(), next.padded_width(), 1};
    }
    conv_.forward(stages_[i].shape, data(block.inputs[i]), data(stages_[i].packed), values() + stages_[i].bias,
                  data(block.convolved[i]), pooled);
  }
}

template <typename T>
void ArithmeticOf<T>::convolve(Workspace& work, const T* images, bool training) {
  for (Stage& stage : stages_) conv_.pack(stage.shape, values() + stage.weight, data(stage.packed));
  const ConvStage &first = stages_.front().shape, &last = stages_.back().shape;
  const int64_t image = first.in * first.height * first.width;
  for (int64_t begin = 0, number = 0; begin < work.count; begin += lanes_, ++number) {
    const LanePlanes<T> features = {data(work.planes.front()) + begin, last.conv_height() / 2, last.conv_width() / 2,
                                    work.batch / lanes_};
    convolve_block(work.blocks[static_cast<size_t>(training ? number : 0)], images + begin * image,
                   std::min(lanes_, work.count - begin), features);
  }
}

template <typename T>
torch::Tensor ArithmeticOf<T>::forward(const torch::Tensor& images) {
  const bool training = torch::GradMode::is_enabled();
  auto work = this->take();
  const auto& pixels = work->images = images.contiguous();
  prepare(*work, pixels.size(0), training);
  const T* const first = pixels.template const_data_ptr<T>();
  if (stages_.empty()) {
    const int64_t in = layers_.front().in;
    linear_.load_rows(first, in, work->count, in, work->batch, data(work->planes.front()));
  } else {
    convolve(*work, first, training);
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    linear_.forward({values() + layer.weight, layer.out, layer.in, layer.in, 1}, values() + layer.bias,
                    /*relu=*/i + 1 < layers_.size(), data(work->planes[i]), work->batch, data(work->planes[i + 1]));
  }
  const int64_t classes = layers_.back().out;
  auto logits = torch::empty({work->count, classes}, pixels.options());
  linear_.store_rows(data(work->planes.back()), classes, work->batch, work->count, data(logits), classes);
  if (!training) {
    this->give_back(std::move(work));
    return logits;
  }
  torch::autograd::set_history(
      logits, std::shared_ptr<FusedBackward>(new FusedBackward(this->shared_from_this(), std::move(work)),
                                             torch::autograd::deleteNode));
  return logits;
}

/// Inputs of a layer as rows. Images are rows already, if they fill whole registers.
template <typename T>
const T* ArithmeticOf<T>::input_rows(Workspace& work, size_t layer, int64_t stride) const {
  const int64_t in = layers_[layer].in;
  if (layer == 0 && stages_.empty() && stride == in) return work.images.template const_data_ptr<T>();
  T* const rows = data(work.rows[layer]);
  linear_.store_rows(data(work.planes[layer]), in, work.batch, work.count, rows, stride);
  return rows;
}

/// feature_gradient [features, batch], null where there is no stage.
template <typename T>
void ArithmeticOf<T>::backward_layers(Workspace& work, const T* logit_gradient, T* feature_gradient) {
  T* slopes = data(work.slopes.back());
  const int64_t classes = layers_.back().out;
  linear_.load_rows(logit_gradient, classes, work.count, classes, work.batch, slopes);
  const T* rows = logit_gradient;
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    const int64_t stride = rounded_up(layer.in, lanes_);
    const T* const inputs = input_rows(work, i, stride);
    linear_.weight_gradient(layer.out, layer.in, work.count, rows, layer.out, inputs, stride,
                            gradients() + layer.weight);
    linear_.bias_gradient(slopes, layer.out, work.batch, gradients() + layer.bias);
    if (i == 0 && stages_.empty()) return;
    const WeightView<T> turned = {values() + layer.weight, layer.in, layer.out, 1, layer.in};
    if (i == 0) return linear_.masked_product(turned, nullptr, slopes, work.batch, feature_gradient);
    T* const before = data(work.slopes[i]);
    linear_.masked_product(turned, data(work.planes[i]), slopes, work.batch, before);
    slopes = before;
    T* const before_rows = data(work.slope_rows[i]);
    linear_.store_rows(slopes, layer.in, work.batch, work.count, before_rows, layer.in);
    rows = before_rows;
  }
}

template <typename T>
void ArithmeticOf<T>::backward_block(const Workspace::Block& block, const T* feature_gradient, int64_t step) {
  for (size_t i = stages_.size(); i-- > 0;) {
    const Stage& stage = stages_[i];
    const bool last = i + 1 == stages_.size();
    T* const slope = data(stage.gradient);
    conv_.pool_gradient(stage.shape, data(block.convolved[i]), last ? feature_gradient : data(pooled_gradients_[i]),
                        last ? step : 1, slope, gradients() + stage.bias);
    conv_.weight_gradient(stage.shape, data(block.inputs[i]), slope, gradients() + stage.weight);
    if (i > 0) conv_.input_gradient(stage.shape, slope, data(stage.packed_flipped), data(pooled_gradients_[i - 1]));
  }
}

template <typename T>
void ArithmeticOf<T>::backward(Workspace& work, const torch::Tensor& gradient) {
  const auto logit_gradient = gradient.contiguous();
  T* const features = stages_.empty() ? nullptr : data(work.slopes.front());
  backward_layers(work, logit_gradient.template const_data_ptr<T>(), features);
  if (stages_.empty()) return;
  for (size_t i = 1; i < stages_.size(); ++i) {
    conv_.pack_flipped(stages_[i].shape, values() + stages_[i].weight, data(stages_[i].packed_flipped));
  }
  for (int64_t begin = 0, number = 0; begin < work.count; begin += lanes_, ++number) {
    backward_block(work.blocks[static_cast<size_t>(number)], features + begin, work.batch / lanes_);
  }
}

std::shared_ptr<FusedNet::Arithmetic> make_arithmetic(ParameterStore& store, const FusedPlan& plan, Isa isa) {
  const auto type = store.flat().scalar_type();
  NLB_CHECK(type == torch::kFloat32 || type == torch::kFloat64, "the fused arithmetic takes float32 and float64");
  if (type == torch::kFloat32) return std::make_shared<ArithmeticOf<float>>(store, plan, isa);
  return std::make_shared<ArithmeticOf<double>>(store, plan, isa);
}

}  // namespace

FusedNet::FusedNet(ParameterStore& store, const FusedPlan& plan, Isa isa)
    : arithmetic_(make_arithmetic(store, plan, isa)) {}
FusedNet::~FusedNet() = default;

torch::Tensor FusedNet::forward(const torch::Tensor& images) { return arithmetic_->forward(images); }

}  // namespace nlb
