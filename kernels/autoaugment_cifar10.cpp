// AutoAugment's released list for CIFAR-10 (google-research/fixmatch:third_party/auto_augment/policies.py), one entry a
// line: operation, probability, level, twice. The paper prints 25 of them.
#include <array>

#include "kernels/image_policy.h"

namespace nlb {
namespace {

constexpr std::array<PolicyStep, kAutoAugmentEntries* kAutoAugmentSteps> kList = {{
    {Operation::invert, 0.1f, 7},       {Operation::contrast, 0.2f, 6},     {Operation::rotate, 0.7f, 2},
    {Operation::translate_x, 0.3f, 9},  {Operation::sharpness, 0.8f, 1},    {Operation::sharpness, 0.9f, 3},
    {Operation::shear_y, 0.5f, 8},      {Operation::translate_y, 0.7f, 9},  {Operation::autocontrast, 0.5f, 8},
    {Operation::equalize, 0.9f, 2},     {Operation::solarize, 0.4f, 5},     {Operation::autocontrast, 0.9f, 3},
    {Operation::translate_y, 0.9f, 9},  {Operation::translate_y, 0.7f, 9},  {Operation::autocontrast, 0.9f, 2},
    {Operation::solarize, 0.8f, 3},     {Operation::equalize, 0.8f, 8},     {Operation::invert, 0.1f, 3},
    {Operation::translate_y, 0.7f, 9},  {Operation::autocontrast, 0.9f, 1}, {Operation::solarize, 0.4f, 5},
    {Operation::autocontrast, 0.0f, 2}, {Operation::translate_y, 0.7f, 9},  {Operation::translate_y, 0.7f, 9},
    {Operation::autocontrast, 0.9f, 0}, {Operation::solarize, 0.4f, 3},     {Operation::equalize, 0.7f, 5},
    {Operation::invert, 0.1f, 3},       {Operation::translate_y, 0.7f, 9},  {Operation::translate_y, 0.7f, 9},
    {Operation::solarize, 0.4f, 5},     {Operation::autocontrast, 0.9f, 1}, {Operation::translate_y, 0.8f, 9},
    {Operation::translate_y, 0.9f, 9},  {Operation::autocontrast, 0.8f, 0}, {Operation::translate_y, 0.7f, 9},
    {Operation::translate_y, 0.2f, 7},  {Operation::colour, 0.9f, 6},       {Operation::equalize, 0.7f, 6},
    {Operation::colour, 0.4f, 9},       {Operation::shear_y, 0.2f, 7},      {Operation::posterize, 0.3f, 7},
    {Operation::colour, 0.4f, 3},       {Operation::brightness, 0.6f, 7},   {Operation::sharpness, 0.3f, 9},
    {Operation::brightness, 0.7f, 9},   {Operation::equalize, 0.6f, 5},     {Operation::equalize, 0.5f, 1},
    {Operation::contrast, 0.6f, 7},     {Operation::sharpness, 0.6f, 5},    {Operation::brightness, 0.3f, 7},
    {Operation::autocontrast, 0.5f, 8}, {Operation::autocontrast, 0.9f, 4}, {Operation::autocontrast, 0.5f, 6},
    {Operation::solarize, 0.3f, 5},     {Operation::equalize, 0.6f, 5},     {Operation::translate_y, 0.2f, 4},
    {Operation::sharpness, 0.3f, 3},    {Operation::brightness, 0.0f, 8},   {Operation::colour, 0.8f, 8},
    {Operation::solarize, 0.2f, 6},     {Operation::colour, 0.8f, 6},       {Operation::solarize, 0.2f, 6},
    {Operation::autocontrast, 0.8f, 1}, {Operation::solarize, 0.4f, 1},     {Operation::equalize, 0.6f, 5},
    {Operation::brightness, 0.0f, 0},   {Operation::solarize, 0.5f, 2},     {Operation::autocontrast, 0.9f, 5},
    {Operation::brightness, 0.5f, 3},   {Operation::contrast, 0.7f, 5},     {Operation::brightness, 0.0f, 2},
    {Operation::solarize, 0.2f, 8},     {Operation::solarize, 0.1f, 5},     {Operation::contrast, 0.5f, 1},
    {Operation::translate_y, 0.2f, 9},  {Operation::autocontrast, 0.6f, 5}, {Operation::translate_y, 0.0f, 9},
    {Operation::autocontrast, 0.9f, 4}, {Operation::equalize, 0.8f, 4},     {Operation::brightness, 0.0f, 7},
    {Operation::equalize, 0.4f, 7},     {Operation::solarize, 0.2f, 5},     {Operation::equalize, 0.7f, 5},
    {Operation::equalize, 0.6f, 8},     {Operation::colour, 0.6f, 2},       {Operation::colour, 0.3f, 7},
    {Operation::colour, 0.2f, 4},       {Operation::autocontrast, 0.5f, 2}, {Operation::solarize, 0.7f, 2},
    {Operation::autocontrast, 0.2f, 0}, {Operation::equalize, 0.1f, 0},     {Operation::shear_y, 0.6f, 5},
    {Operation::equalize, 0.6f, 5},     {Operation::brightness, 0.9f, 3},   {Operation::autocontrast, 0.4f, 1},
    {Operation::equalize, 0.8f, 8},     {Operation::equalize, 0.7f, 7},     {Operation::equalize, 0.7f, 7},
    {Operation::solarize, 0.5f, 0},     {Operation::equalize, 0.8f, 4},     {Operation::translate_y, 0.8f, 9},
    {Operation::translate_y, 0.8f, 9},  {Operation::translate_y, 0.6f, 9},  {Operation::translate_y, 0.9f, 0},
    {Operation::translate_y, 0.5f, 9},  {Operation::autocontrast, 0.5f, 3}, {Operation::solarize, 0.3f, 4},
    {Operation::solarize, 0.5f, 3},     {Operation::equalize, 0.4f, 4},     {Operation::colour, 0.7f, 7},
    {Operation::translate_x, 0.5f, 8},  {Operation::equalize, 0.3f, 7},     {Operation::autocontrast, 0.4f, 8},
    {Operation::translate_y, 0.4f, 3},  {Operation::sharpness, 0.2f, 6},    {Operation::brightness, 0.9f, 6},
    {Operation::colour, 0.2f, 8},       {Operation::solarize, 0.5f, 2},     {Operation::invert, 0.0f, 3},
    {Operation::autocontrast, 0.1f, 5}, {Operation::brightness, 0.0f, 0},   {Operation::cutout, 0.2f, 4},
    {Operation::equalize, 0.1f, 1},     {Operation::equalize, 0.7f, 7},     {Operation::autocontrast, 0.6f, 4},
    {Operation::colour, 0.1f, 8},       {Operation::shear_y, 0.2f, 3},      {Operation::shear_y, 0.4f, 2},
    {Operation::rotate, 0.7f, 0},       {Operation::shear_y, 0.1f, 3},      {Operation::autocontrast, 0.9f, 5},
    {Operation::translate_y, 0.3f, 6},  {Operation::cutout, 0.3f, 3},       {Operation::equalize, 0.5f, 0},
    {Operation::solarize, 0.6f, 6},     {Operation::autocontrast, 0.3f, 5}, {Operation::rotate, 0.2f, 7},
    {Operation::equalize, 0.8f, 2},     {Operation::invert, 0.4f, 0},       {Operation::equalize, 0.9f, 5},
    {Operation::colour, 0.7f, 0},       {Operation::equalize, 0.1f, 1},     {Operation::shear_y, 0.1f, 3},
    {Operation::autocontrast, 0.7f, 3}, {Operation::equalize, 0.7f, 0},     {Operation::brightness, 0.5f, 1},
    {Operation::contrast, 0.1f, 7},     {Operation::contrast, 0.1f, 4},     {Operation::solarize, 0.6f, 5},
    {Operation::solarize, 0.2f, 3},     {Operation::shear_x, 0.0f, 0},      {Operation::translate_x, 0.3f, 0},
    {Operation::translate_x, 0.6f, 0},  {Operation::equalize, 0.5f, 9},     {Operation::translate_y, 0.6f, 7},
    {Operation::shear_x, 0.1f, 0},      {Operation::sharpness, 0.5f, 1},    {Operation::equalize, 0.8f, 6},
    {Operation::invert, 0.3f, 6},       {Operation::autocontrast, 0.3f, 9}, {Operation::cutout, 0.5f, 3},
    {Operation::shear_x, 0.4f, 4},      {Operation::autocontrast, 0.9f, 2}, {Operation::shear_x, 0.0f, 3},
    {Operation::posterize, 0.0f, 3},    {Operation::solarize, 0.4f, 3},     {Operation::colour, 0.2f, 4},
    {Operation::equalize, 0.1f, 4},     {Operation::equalize, 0.7f, 6},     {Operation::equalize, 0.3f, 8},
    {Operation::autocontrast, 0.4f, 3}, {Operation::solarize, 0.6f, 4},     {Operation::autocontrast, 0.7f, 6},
    {Operation::autocontrast, 0.2f, 9}, {Operation::brightness, 0.4f, 8},   {Operation::equalize, 0.1f, 0},
    {Operation::equalize, 0.0f, 6},     {Operation::equalize, 0.8f, 4},     {Operation::equalize, 0.0f, 4},
    {Operation::equalize, 0.5f, 5},     {Operation::autocontrast, 0.1f, 2}, {Operation::solarize, 0.5f, 5},
    {Operation::autocontrast, 0.9f, 5}, {Operation::autocontrast, 0.6f, 1}, {Operation::autocontrast, 0.7f, 8},
    {Operation::equalize, 0.2f, 0},     {Operation::autocontrast, 0.1f, 2}, {Operation::equalize, 0.6f, 9},
    {Operation::equalize, 0.4f, 4},
}};

}  // namespace

std::span<const PolicyStep> autoaugment_cifar10() { return kList; }

}  // namespace nlb
