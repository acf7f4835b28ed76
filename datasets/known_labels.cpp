#include "datasets/known_labels.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nlb {
namespace {

// The official labels taken through image_order_c10.npy and image_order_c100.npy (SHA-256 db41bd6c... and 423c3118...)
// of UCSC-REAL/cifar-10-100n; the second is also the clean_label of its CIFAR-100_human_ordered.npy.
constexpr const char* kCifar10InTensorflow = "905bbb44a2d3fdda93221c85251b6556d48fcc49801fea6efc4602672fc0ba85";
constexpr const char* kCifar100InTensorflow = "9989420b226815e64524d3d8f3a83d65d835d02687e0ab289529f8c9a11ebf0a";

// Made outside: clean labels and CIFAR-10N from the official files; DivideMix's and Co-teaching's by CPython's random
// and numpy's RandomState (tests/datasets/noise_vectors_test.cpp has their first digits); PMD noise from
// pxiangwu/PLC:cifar/noisy_labels; the others are the files of filipe-research/PropMix:noise.
constexpr std::array kKnown = {
    KnownLabels{"2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253", "cifar10", "the clean labels"},
    KnownLabels{"9f11b9f97aad759ba6df0a33e3218b01d8deaf4ed3a14aa1185d69b9ad7ebcb3", "cifar100", "the clean labels"},
    KnownLabels{"1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13", "mnist", "the clean labels"},
    KnownLabels{"657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7", "fashion_mnist",
                "the clean labels"},
    KnownLabels{kCifar10InTensorflow, "cifar10", "the clean labels in TensorFlow's order"},
    KnownLabels{kCifar100InTensorflow, "cifar100", "the clean labels in TensorFlow's order"},
    KnownLabels{"07f5c228ddd41309bb97224d264de3981e14435e1da02b640e993f302d29df1d", "cifar100",
                "CIFAR-100N, fine labels, in TensorFlow's order"},
    KnownLabels{"2bd5e02e39c9c79772cf4c794f7b74630ac1aaeeac4b807a63c11e9a375f8404", "cifar10", "CIFAR-10N, aggregate"},
    KnownLabels{"8d01b5a5af048e84bf6e964c86e1133e95d5b22c07763e23705b714ad0f32d8b", "cifar10", "CIFAR-10N, random 1"},
    KnownLabels{"7ea04c887750912f49669282a75e78df380077766b361fb6cb5200999ad6dcda", "cifar10", "CIFAR-10N, random 2"},
    KnownLabels{"cdbfad7e15bfc8fc83bc7c6e30b692e2aa1186660d82738b7543a6012d6ca46f", "cifar10", "CIFAR-10N, random 3"},
    KnownLabels{"11a306ed336e3bc81aaac36322ddf12de379d0df1883aa43e10ba562a98f6b2a", "cifar10", "CIFAR-10N, worst"},
    KnownLabels{"dd932e4c763dbab914cd605e2bbc28e5821519711c53a902f0a7efb8d274f911", "cifar10",
                "DivideMix's symmetric noise, r = 0.2, seed 123"},
    KnownLabels{"2230903491020533c04ffd633b5d2d8edac595e3b98c405215f8c638dc57621e", "cifar10",
                "DivideMix's symmetric noise, r = 0.5, seed 123"},
    KnownLabels{"79de8111188e19dc0f0fcde0d17eec0c9470b169622fa95ccb09572ddffd2d1e", "cifar10",
                "DivideMix's symmetric noise, r = 0.8, seed 123"},
    KnownLabels{"0fb3467e367cd31d35fdf819c54c9fc94adb818d7f51984b09328dad8f500870", "cifar10",
                "DivideMix's symmetric noise, r = 0.9, seed 123"},
    KnownLabels{"f8e9a0aab01a1a15857d330155e276bf4cf4db4d7a0e2aaa720a02a37d44e127", "cifar100",
                "DivideMix's symmetric noise, r = 0.2, seed 123"},
    KnownLabels{"f1132f38b460c7c3776fb557c7007c3bb55062b922a43dc9b43bab08d7b8f273", "cifar100",
                "DivideMix's symmetric noise, r = 0.5, seed 123"},
    KnownLabels{"fad7acd0627d51587aa896f2a8fb26f26593ade0f3e9291c7e5f1496eca41e2a", "cifar100",
                "DivideMix's symmetric noise, r = 0.8, seed 123"},
    KnownLabels{"ac6af1e55e7533b03c4a9ed6f18c3393310912981cc24843a4b6dfd945b7afd7", "cifar100",
                "DivideMix's symmetric noise, r = 0.9, seed 123"},
    KnownLabels{"46acecddb6f6e74026417659cee210f08339ac2cc0a6e3493d04674d0694c99e", "cifar10",
                "DivideMix's asymmetric noise, r = 0.4, seed 123"},
    KnownLabels{"241b61c9fa2b2f1dfc8a74fea0829584f3f74f64cdc7a284c6ba27dec80367dc", "cifar10",
                "Co-teaching's symmetric noise (other classes), r = 0.2, RandomState(0)"},
    KnownLabels{"a1a637f11cf56a60b49b9e2479e9d3c20009ee3e937cbf04a9a7bf9530df9725", "cifar10",
                "Co-teaching's symmetric noise (other classes), r = 0.5, RandomState(0)"},
    KnownLabels{"2ad90dda5e73ea38acf8724bb54a653d7a5a1473672578aeafb18a56e7bccd16", "cifar10",
                "Co-teaching's pair flip, r = 0.45, RandomState(0)"},
    KnownLabels{"02d53bf7241d197fcd08c6807df06744fb1928d30a6622fc55a1d81cc55ed537", "cifar100",
                "Co-teaching's symmetric noise (other classes), r = 0.2, RandomState(0)"},
    KnownLabels{"791b14d86cfb964f9ac972a2994957e90da9c92ed18076ff8f8d4e2745203145", "cifar100",
                "Co-teaching's symmetric noise (other classes), r = 0.5, RandomState(0)"},
    KnownLabels{"8483a6e5e6ca89d93968ff2682a95fd73465fe242ce4dbfa0535ee09ce344f38", "cifar100",
                "Co-teaching's pair flip, r = 0.45, RandomState(0)"},
    KnownLabels{"d19fdc7e4dfe284c811a09c85ad2dfd2d4270584f6bd3b6476d4f702a4374a29", "mnist",
                "Co-teaching's symmetric noise (other classes), r = 0.2, RandomState(0)"},
    KnownLabels{"23fca09f22f49f56b11ab70f27080fd0b9bc146283209c821ddffa637623ded9", "mnist",
                "Co-teaching's symmetric noise (other classes), r = 0.5, RandomState(0)"},
    KnownLabels{"d8293274e975576b7e4a95f05b91d7aea4ef1601201f87d3bb4a601e837b7869", "mnist",
                "Co-teaching's pair flip, r = 0.45, RandomState(0)"},
    KnownLabels{"e83ef00520d9260c63c7528d6c522224c9ce0153eb4ad180e0791cfcd0d59f3b", "cifar10",
                "PMD noise of type 1 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"6b166518075c0c9c2e7f50b9c6210da0ab321ad91f2cbfca14bd78c86502e04f", "cifar10",
                "PMD noise of type 1 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"2db7550b598b1190591c926ce1769e1c43d7d0bf6d59e80e0a240e323768a1f7", "cifar10",
                "PMD noise of type 2 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"f8a278cd4bc89ee77924b7d1ad1ef5feb8064991e1cbc385e61df1ced2b36542", "cifar10",
                "PMD noise of type 2 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"3c5793e070e4b920336fcf1410346ca1740e476b18aef4a5572b55ab0f774e07", "cifar10",
                "PMD noise of type 3 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"d30d1e0053071ab9a48d196db1496ef53a781c32aaf9c7409a7d264e6796dca0", "cifar10",
                "PMD noise of type 3 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"38102d39efa581a8547102a38a055e5610938332786ef809f08cdd195feec0a7", "cifar100",
                "PMD noise of type 1 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"8a809c319bd1c7ef2861a7396ffd300046b16b20d4644855ff6dae43b3270f41", "cifar100",
                "PMD noise of type 1 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"a9d325061b995e7de090cc1a7536dc34358f7c671de294478bb41cfb75609a12", "cifar100",
                "PMD noise of type 2 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"f9cec7bf46c118365bbee0ffe9e65a4fc8e02790e717879eb40e8fd3ff925995", "cifar100",
                "PMD noise of type 2 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"78c9ec0a4b8f13185c20f0abb4f123da0846edc8dade3ad4f35f8009c47be7c1", "cifar100",
                "PMD noise of type 3 at 35 % (PLC), for the first 45,000 images"},
    KnownLabels{"bfc5fca24766b21fc5de7874dec7d1d140623226c7db6f3da6b25d197a1e7ddb", "cifar100",
                "PMD noise of type 3 at 70 % (PLC), for the first 45,000 images"},
    KnownLabels{"54050bc3f9441adc78f204c68915d49a7f86bfa72b8fba04751b961d5be4aa62", "cifar100",
                "CIFAR-100N, fine labels"},
    KnownLabels{"347bbd5d814e7926d75b944dbd1b91e7a8706d1eb208f088f32aca648eade6fb", "cifar10",
                "RoG's semantic noise, densenet's predictions (PropMix)"},
    KnownLabels{"4895e16b3f42e1ac982176ad32aec90df26b0acd45c6f4ab42d70f8f43da92df", "cifar10",
                "RoG's semantic noise, resnet's predictions (PropMix)"},
    KnownLabels{"c0cbd9b5f396403f2750af59fbc04c317220fc122b08d461d85a6883bc70c588", "cifar10",
                "RoG's semantic noise, vgg's predictions (PropMix)"},
    KnownLabels{"56728d801ffa99d34830c6eb6212f32d43e1b441957450e6180b056afaeb0a35", "cifar100",
                "asymmetric noise to the superclass's next class, r = 0.4 (PropMix)"},
    KnownLabels{"8d4c9019041511522744dfc0d448a911945e26e72380b0081408264440141f2d", "cifar100",
                "RoG's semantic noise, densenet's predictions (PropMix)"},
    KnownLabels{"970ca89f0547ab764809c47c3a50a04c4e83b3f17da09413f324c147a5132bb5", "cifar100",
                "RoG's semantic noise, resnet's predictions (PropMix)"},
    KnownLabels{"0f26d1a649947f301bf03bff6c0b08d872257a4e123dcc2a01bcff87517e24a9", "cifar100",
                "RoG's semantic noise, vgg's predictions (PropMix)"}};

}  // namespace

std::span<const KnownLabels> known_labels() { return kKnown; }

std::string known_labels_words(const std::string& digest) {
  for (const KnownLabels& known : kKnown) {
    if (known.digest == digest) return std::string(known.words) + " of " + known.dataset;
  }
  return {};
}

bool is_clean_of(const std::string& digest, const std::string& dataset) {
  return std::any_of(kKnown.begin(), kKnown.end(), [&](const KnownLabels& known) {
    return known.digest == digest && known.dataset == dataset && known.words == std::string_view("the clean labels");
  });
}

std::string tensorflow_order_file(const std::string& digest, const std::string& dataset) {
  if (dataset == "cifar10" && digest == kCifar10InTensorflow) return "image_order_c10.npy";
  if (dataset == "cifar100" && digest == kCifar100InTensorflow) return "image_order_c100.npy";
  return {};
}

}  // namespace nlb
