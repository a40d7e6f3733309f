import { describe, expect, it } from 'vitest';
import { networkFindings } from '../../src/preflight/network-calls.ts';

const inZip = new Set(['weights', 'weights/bert', 'org/local']);
const warnings = (text: string) =>
  networkFindings({ name: 'main.py', text }, (path) => inZip.has(path));

describe('what fetches from the network', () => {
  it.each([
    'model = AutoModel.from_pretrained("facebook/dino-vits16")',
    "model = AutoModel.from_pretrained(\n    'bert-base-uncased',\n    revision='main',\n)",
    'torch.hub.load("facebookresearch/dino:main", "dino_vits16")',
    'torch.hub.load_state_dict_from_url(url)',
    'os.system("wget https://example.org/weights.pt")',
    'subprocess.run(["wget", "-q", url])',
    'subprocess.check_call("cd /tmp; curl -O https://example.org/w.pt", shell=True)',
    'r = requests.get(url)',
    'urllib.request.urlopen(url)',
    'urllib.request.urlretrieve(url, "w.pt")',
    'gdown.download(id=key)',
    'hf_hub_download("org/name", "model.bin")',
    'timm.create_model("resnet50", pretrained=True)',
    'torchvision.models.resnet50(pretrained=True)',
    'torchvision.models.resnet50(weights="DEFAULT")',
    'models.resnet50(weights=ResNet50_Weights.DEFAULT)',
    'os.system("pip install timm")',
  ])('%s', (code) => {
    const found = warnings(`import x\n\n${code}\n`);
    expect(found).toMatchObject([
      { severity: 'warning', rule: 'network-weights', file: 'main.py' },
    ]);
    expect(found[0]?.message).toContain('main.py:3 ');
  });

  it.each([
    ['a folder of the zip', 'AutoModel.from_pretrained("./weights/bert/")'],
    ['a repository-like folder of the zip', 'AutoModel.from_pretrained("org/local")'],
    ['a path that is computed', 'AutoModel.from_pretrained(ROOT / "bert")'],
    ['an absolute path', 'AutoModel.from_pretrained("/code_execution/weights")'],
    ['a local hub', 'torch.hub.load("dino", "vits16", source="local")'],
    ['no weights', 'timm.create_model("resnet50", pretrained=False, checkpoint_path="w.pt")'],
    ['no weights by default', 'torchvision.models.resnet50()'],
    ['a comment', '# torch.hub.load("a/b", "c")'],
    ['a docstring', '"""\nrequests.get(url)\n"""'],
    ['a word that looks like it', 'print("use wgets")'],
    ['a hash in a string', 'x = "#"; y = 1'],
  ])('is not %s', (_, code) => {
    expect(warnings(code)).toEqual([]);
  });

  it.each([
    'models.',
    '"',
    "''''''",
    '.from_pretrained(',
    'requests.get(',
    "'git ",
    ' ',
    '\\',
    '#',
  ])('is looked for in bounded time: %j again and again', (piece) => {
    const started = performance.now();
    warnings(piece.repeat(2 ** 20 / piece.length));
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('is found behind comments and strings', () => {
    const code = "a = \"#\"  # it's\ns = '''x'''\nrequests.get(\"u\")\nwget.download(\"u\")";
    expect(warnings(code).map(({ message }) => message.split(' ')[0])).toEqual([
      'main.py:3',
      'main.py:4',
    ]);
  });
});
