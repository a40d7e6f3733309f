/** Python modules that only the full images have; `runtime/tests/test_packages.py` holds them to it. */
const onlyInFull = [
  ...['Cython', 'fastai', 'ffmpeg', 'h5py', 'loguru', 'matplotlib', 'networkx', 'numba', 'oss2'],
  ...['magic', 'torchaudio', 'skimage', 'tslearn', 'augly', 'imageio', 'imageio_ffmpeg', 'flash'],
  ...['pytorch_lightning', 'pytorchvideo', 'segmentation_models_pytorch', 'tensorflow', 'timm'],
  ...['transformers', 'decord', 'setuptools'],
];
const withTorch = ['torch', 'torchvision'];

/**
 * Which image has a Python module that code did not find.
 * @param module as Python names it, e.g. `torch.nn`
 */
export function whoHas(module: string): string {
  const [name = ''] = module.split('.');
  if (withTorch.includes(name)) {
    return `${name} is in the small image with PyTorch (vsc build --slim --torch) and in the full ones (vsc pull).`;
  }
  if (onlyInFull.includes(name)) return `${name} is in the full images: vsc pull, or vsc build.`;
  return `${name} is in no image of the competition: what main.py needs beyond them goes into the zip.`;
}
