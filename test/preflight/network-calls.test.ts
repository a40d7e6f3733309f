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
    'timm.create_model("x", (1, (2)), pretrained=True)',
    'timm.create_model("x", pretrained = True)',
    "models.resnet50(weights = 'DEFAULT')",
    'models.resnet50(weights =R50_Weights.DEFAULT)',
    'x = "it\\"; requests.get(url)',
    'x = """a"""; requests.get(url)',
    'x = "a#"; requests.get(url)',
    '"""a""".join(requests.get(url))',
    'AutoModel.from_pretrained("we./ights")',
    'torch.hub.load("dino", source="github")',
    'AutoModel.from_pretrained("weights/../bert")',
    "subprocess.run('''wget x''', shell=True)",
    'run("\\"", "wget", x)',
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
    ['a local hub, spaced', 'torch.hub.load("dino", source = "local")'],
    ['a folder by way of others', 'AutoModel.from_pretrained("././weights//")'],
    ['a folder by way of itself', 'AutoModel.from_pretrained("weights/./bert")'],
    ['a folder by way of another', 'AutoModel.from_pretrained("org/../weights")'],
    ['weights of another call', 'models.resnet50(); f(pretrained=True)'],
    ['weights of a call that is closed', 'f(models.resnet50(g(1)), pretrained=True)'],
    ['a comment that ends the file', 'x = 1  # requests.get(u)'],
    ['a comment with a hash in it', '# as in #3: requests.get(u)'],
    ['a comment after a string that its line does not end', 'x = "no end\n# requests.get(u)'],
    ['a docstring behind a line', 'x = 1\n"""\nrequests.get(url)\n"""'],
    ['a comment after a string with a quote in it', '"a\\"b"  # requests.get(u)'],
    ['a docstring that is indented', 'def f():\n \t"""\n  requests.get(url)\n  """'],
    ['a raw docstring', "def f():\n    r'''requests.get(url)'''"],
    ['a docstring with quotes in it', '"""a "quoted" word, requests.get(u)"""'],
    ['a docstring that never ends', '"""requests.get(u)\n'],
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

  it('is told in the order of the file, 20 times at most, with what to do', () => {
    const code = 'wget.download(u)\nrequests.get(u)\n'.repeat(15);
    const found = warnings(code);
    expect(found).toHaveLength(20);
    expect(found[0]).toEqual({
      severity: 'warning',
      file: 'main.py',
      rule: 'network-weights',
      message:
        'main.py:1 uses wget, which fetches from the network; the container of the competition has none',
      fix: 'Put the files into the submission and load them from there.',
    });
    const lines = found.map(({ message }) => Number(/:(\d+) /.exec(message)?.[1]));
    expect(lines).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  it('is looked for among the first 500 calls of a kind', () => {
    const local = 'M.from_pretrained(path)\n';
    const far = 'M.from_pretrained("org/name")\n';
    expect(warnings(local.repeat(499) + far)).toHaveLength(1);
    expect(warnings(local.repeat(500) + far)).toEqual([]);
  });

  it('is judged by the first 2,000 characters of its arguments', () => {
    const call = (spaces: number) => `timm.create_model(${' '.repeat(spaces)}pretrained=True)`;
    expect(warnings(call(1_900))).toHaveLength(1);
    expect(warnings(call(2_000))).toEqual([]);
  });

  it.each(['x = "no end\nrequests.get(u)', 'f"""{requests.get(u)}"""'])(
    'is found where a string is no docstring: %j',
    (code) => {
      expect(warnings(code)).toHaveLength(1);
    },
  );

  it('is found behind comments and strings', () => {
    const code = "a = \"#\"  # it's\ns = '''x'''\nrequests.get(\"u\")\nwget.download(\"u\")";
    expect(warnings(code).map(({ message }) => message.split(' ')[0])).toEqual([
      'main.py:3',
      'main.py:4',
    ]);
  });
});
