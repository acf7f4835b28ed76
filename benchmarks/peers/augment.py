"""Random crop after padding by 4, flip and normalisation of 3x32x32 images on one core: torchvision's transforms on PIL images."""
import numpy
import timing
import torch
import torchvision
from PIL import Image
from torchvision import transforms


def main():
    given = timing.options(__doc__, batch=128)
    torch.set_num_threads(1)
    pixels = numpy.random.default_rng(0).integers(0, 256, (1024, 32, 32, 3), dtype=numpy.uint8)
    images = [Image.fromarray(image) for image in pixels]
    transform = transforms.Compose([transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                                    transforms.Normalize((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))])
    begin = 0

    def step():
        nonlocal begin
        torch.stack([transform(image) for image in images[begin:begin + given.batch]])
        begin = (begin + given.batch) % len(images)

    seconds = timing.measure(step, given.seconds, warm_up=2)
    timing.report(images_per_second=given.batch / seconds, torchvision=torchvision.__version__)


main()
