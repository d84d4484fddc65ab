#pragma once
/// Networks that this program can build by name.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/image.h"

namespace certify {

/// What a network is trained with where nothing else is asked for. The defaults are those of Cohen
/// et al. (2019).
struct TrainingRecipe {
  int epochs = 90;
  double weight_decay = 1e-4;
  double less_noise = 0;  ///< see Augmentation
  double learning_rate = 0.1;
  bool adam = false;  ///< see Descent
};

/// A network, as data: a residual one (He et al. 2016), a pre-activated one (WideResNet,
/// PreActResNet), a denoiser (DnCNN), or the small one of Tecot et al. without shortcuts, of which
/// only name, width and what it was made for count.
struct Architecture {
  enum class Family { kResNet, kSmallCnn, kWideResNet, kPreActResNet, kDnCnn };
  enum class Block { kPlain, kBasic, kBottleneck };  ///< kPlain: one convolution, no shortcut
  enum class Shortcut {
    kProjection,  ///< 1×1 convolution and BatchNorm, as in Cohen et al. and torchvision
    kPad          ///< every second pixel, new channels zero: option A of He et al., no weights
  };

  std::string name;
  Family family = Family::kResNet;
  Block block = Block::kBasic;
  Shortcut shortcut = Shortcut::kProjection;
  std::vector<int> blocks{};    ///< of each stage (of a denoiser, its convolutions); widths double
                                ///< and sides halve from stage to stage
  int width = 16;               ///< channels of the first stage, and of a ResNet's stem
  int stem = 16;                ///< channels of the stem of a pre-activated network
  bool final_norm = true;       ///< BatchNorm and ReLU before the mean of a pre-activated network
  bool large_stem = false;      ///< 7×7 with stride 2 and max pooling, else 3×3
  int channels = 3;             ///< of the images
  int side = 32;                ///< of the images it was made for; a ResNet takes others too
  int classes = 10;             ///< of the data set it was made for
  std::string normalization{};  ///< of those images, as --normalize takes it
  TrainingRecipe recipe{};

  ImageShape input() const { return {channels, side, side}; }
  /// The name of the layer that gives the logits.
  const char* last_layer() const {
    if (family == Family::kSmallCnn) return "fc2";
    return family == Family::kPreActResNet ? "linear" : "fc";
  }
};

/// resnet20, 32, 44, 56, 110 for 32 × 32 pixels (with Cohen's 1×1 shortcuts), the same with a
/// trailing "-a" (option A), resnet50 for 224 × 224, cnn5 (five convolutions for 32 × 32, three
/// million multiply-adds an image, trained on the shapes in minutes), wrn-28-10, wrn-34-10,
/// wrn-70-16 and preactresnet18 for 32 × 32 pixels as robustness checkpoints have them, and the
/// small networks of Tecot et al. for 28 × 28 grey pixels: mnist-cnn and fashion-mnist-cnn, which
/// differ in their normalisation only.
const std::vector<Architecture>& architectures();

/// Also by the names of Cohen's code: cifar_resnet20, cifar_resnet110.
bool is_architecture(std::string_view name);
/// @throws InputError listing the names there are.
const Architecture& find_architecture(std::string_view name);

/// dncnn (17 convolutions of 64 channels, as published) and dncnn-small (7 of 16: thirteen million
/// multiply-adds an image of 32 × 32, trained on the shapes in minutes). They answer with images,
/// and are none of architectures().
const std::vector<Architecture>& denoiser_architectures();
/// @throws InputError listing the names there are.
const Architecture& find_denoiser_architecture(std::string_view name);

}  // namespace certify
