#include "batches/training_set.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "batches/host_mirror.h"
#include "batches/policy_tables.h"
#include "batches/resident_images.h"
#include "core/error.h"
#include "datasets/training_data.h"

namespace nlb {
namespace {

/// The positions that a pass takes, in its order: [n] int64 on the host, and on the device, where they go at once.
struct StreamOrder {
  uint64_t pass = 0;
  bool shuffled = false;
  std::optional<std::vector<int64_t>> samples;  ///< of the stream
  torch::Tensor host, device;
};

/// What a stream draws from, and its latest order: a pass asks for the batches of one order after another.
struct StreamDraws {
  Key order_key, augment_key, policy_key, cutout_key;
  std::shared_ptr<const StreamOrder> order;
};

/// Tells apart the epochs of a stream, and the restarts of a cycling one inside an epoch.
uint64_t pass_number(int64_t epoch, int64_t restart) {
  NLB_CHECK(epoch >= 0 && epoch < (int64_t{1} << 32) && restart < (int64_t{1} << 16), "epoch or restart out of range");
  return static_cast<uint64_t>(epoch) | static_cast<uint64_t>(restart) << 32;
}

void check_labels(const TrainingData& data) {
  NLB_CHECK(data.given.size() == data.train_index.size(), "one given label per training sample");
  for (const int64_t label : data.given)
    NLB_CHECK(label == kNoLabel || (label >= 0 && label < data.dataset.classes), "given label out of range");
}

}  // namespace

struct TrainingSet::State {
  ResidentImages images;
  torch::Tensor labels;
  std::vector<int64_t> trusted;
  int64_t classes;
  uint64_t seed;
  AugmentationSpec augmentation;
  PolicyTables tables;
  mutable std::mutex mutex = {};
  mutable std::map<std::string, StreamDraws> streams = {};

  State(const TrainingData& data, const RecipeSpec& recipe, uint64_t train_seed, torch::Device device,
        torch::ScalarType type)
      : State(data, data.train_images(), recipe, train_seed, device, type) {}

  State(const TrainingData& data, const ImageReferences& shown, const RecipeSpec& recipe, uint64_t train_seed,
        torch::Device device, torch::ScalarType type)
      : images(*shown.source, shown.index, recipe.normalisation, device, type),
        labels(torch::tensor(data.given, torch::kLong).to(device)),
        trusted(data.trusted),
        classes(data.dataset.classes),
        seed(train_seed),
        augmentation(recipe.augmentation.value_or(AugmentationSpec{})) {
    const auto shape = images.image_shape();
    if (augmentation.policy) tables = {*augmentation.policy, shape[1], shape[2], device};
  }

  int64_t samples(const Stream& stream) const {
    return stream.samples ? static_cast<int64_t>(stream.samples->size()) : images.size();
  }

  std::shared_ptr<const StreamOrder> order(const Stream& stream, Key key, uint64_t pass) const {
    const int64_t count = samples(stream);
    auto order = std::make_shared<StreamOrder>();
    order->pass = pass;
    order->shuffled = stream.shuffle;
    order->samples = stream.samples;
    order->host = torch::empty({count}, torch::kLong);
    std::vector<int64_t> ranks;
    if (stream.shuffle) ranks = draw_permutation(key, pass, count);
    auto* out = order->host.mutable_data_ptr<int64_t>();
    for (int64_t place = 0; place < count; ++place) {
      const int64_t rank = stream.shuffle ? ranks[static_cast<size_t>(place)] : place;
      out[place] = stream.samples ? (*stream.samples)[static_cast<size_t>(rank)] : rank;
    }
    order->device = upload(order->host, images.device());
    return order;
  }

  /// Keys of the stream and its order in this pass.
  StreamDraws draws(const Stream& stream, uint64_t pass) const {
    const std::lock_guard lock(mutex);
    auto [place, is_new] = streams.try_emplace(stream.name);
    StreamDraws& found = place->second;
    if (is_new) {
      found.order_key = derive(seed, "order/" + stream.name);
      found.augment_key = derive(seed, "augment/" + stream.name);
      found.policy_key = derive(found.augment_key, "policy");
      found.cutout_key = derive(found.augment_key, "cutout");
    }
    // Two passes of an epoch may give one stream different samples; a stream of everything has few of one name.
    const bool same = found.order && found.order->shuffled == stream.shuffle &&
                      (!stream.shuffle || found.order->pass == pass) && found.order->host.numel() == samples(stream) &&
                      found.order->samples == stream.samples;
    if (!same) found.order = order(stream, found.order_key, pass);
    return found;
  }

  /// Positions begin..end of the order, on the device, with their mirror.
  static torch::Tensor index(const StreamOrder& order, int64_t begin, int64_t end) {
    auto positions = order.device.narrow(0, begin, end - begin);
    if (!positions.is_cpu()) set_host_mirror(positions, order.host.narrow(0, begin, end - begin));
    return positions;
  }

  /// View `number` of batch `batch` of the pass.
  torch::Tensor view(const torch::Tensor& index, View kind, const StreamDraws& draws, uint64_t pass, size_t number,
                     int64_t batch) const {
    if (kind == View::plain) return images.render(index);
    return images.render(index, {.key = draws.augment_key,
                                 .policy_key = draws.policy_key,
                                 .cutout_key = draws.cutout_key,
                                 .epoch = pass,
                                 .view = static_cast<uint32_t>(number),
                                 .pad = static_cast<int32_t>(augmentation.pad_crop),
                                 .flip = augmentation.flip,
                                 .pad_normalised = augmentation.pad_normalised,
                                 .cutout = static_cast<int32_t>(augmentation.cutout),
                                 .policy = tables.policy(),
                                 .batch = static_cast<uint64_t>(batch)});
  }
};

TrainingSet::TrainingSet(const TrainingData& data, const RecipeSpec& recipe, uint64_t train_seed, torch::Device device,
                         torch::ScalarType type) {
  check_labels(data);
  NLB_CHECK(data.dataset.train.images != nullptr, "a training set has images");
  state_ = std::make_shared<const State>(data, recipe, train_seed, device, type);
}

int64_t TrainingSet::size() const { return state_->images.size(); }
int64_t TrainingSet::classes() const { return state_->classes; }
std::vector<int64_t> TrainingSet::image_shape() const { return state_->images.image_shape(); }
const torch::Tensor& TrainingSet::labels() const { return state_->labels; }
const std::vector<int64_t>& TrainingSet::trusted() const { return state_->trusted; }
torch::Device TrainingSet::device() const { return state_->images.device(); }

int64_t TrainingSet::batches(const Stream& stream) const {
  NLB_CHECK(stream.batch_size > 0, "stream " + stream.name + " has no batch size");
  const int64_t count = state_->samples(stream);
  return stream.keep_last ? (count + stream.batch_size - 1) / stream.batch_size : count / stream.batch_size;
}

Batch TrainingSet::batch(const Stream& stream, int64_t epoch, int64_t number) const {
  const int64_t count = batches(stream);
  NLB_CHECK(
      count > 0 && number >= 0 && (stream.cycle || number < count),
      "stream " + stream.name + " has " + std::to_string(count) + " batches, asked for " + std::to_string(number));
  const uint64_t pass = pass_number(epoch, number / count);
  const int64_t begin = number % count * stream.batch_size;
  const int64_t end = std::min(begin + stream.batch_size, state_->samples(stream));
  const StreamDraws draws = state_->draws(stream, pass);
  Batch batch;
  batch.index = State::index(*draws.order, begin, end);
  for (size_t view = 0; view < stream.views.size(); ++view) {
    batch.views.push_back(state_->view(batch.index, stream.views[view], draws, pass, view, number % count));
  }
  batch.labels = state_->labels.index_select(0, batch.index);
  return batch;
}

torch::Tensor TrainingSet::images(torch::Tensor positions) const {
  return state_->images.render(positions.to(device(), torch::kLong));
}

void TrainingSet::for_each(int64_t batch_size, const std::function<void(const Batch&)>& visit,
                           const std::vector<int64_t>* samples) const {
  Stream stream = {.name = "in order", .batch_size = batch_size, .shuffle = false, .views = {View::plain}};
  if (samples != nullptr) stream.samples = *samples;
  const int64_t count = batches(stream);
  for (int64_t number = 0; number < count; ++number) visit(batch(stream, 0, number));
}

}  // namespace nlb
