import { expect } from 'vitest';
import { type Attack, everyTrack } from '../attack.ts';

/** Code in which `output` is the path of what the track asks for. */
const instead = (code: string) => `import os, numpy as np
os.chdir("/code_execution")
made = "subset_matches.csv" if os.path.exists("full_matches.csv") else "subset_query_descriptors.npz"
output = os.path.abspath(made)
${code}
`;

const nothingWritten = /it wrote no .*subset_(query_descriptors\.npz|matches\.csv)/;

/** An npz made by hand: `npy` is the expression for an array's bytes. */
const handmade = (npy: string) =>
  instead(`
import io, zipfile
def header(text, version=1):
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\\x93NUMPY" + bytes([version, 0]) + size + text
import honest
good = dict(np.load(output))
with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name in "features", "timestamps":
        plain = io.BytesIO(); np.save(plain, good[name]); archive.writestr(name + ".npy", plain.getvalue())
    archive.writestr("video_ids.npy", ${npy})
`);

/** The honest output with one array written by hand: `npy` makes its bytes from the good ones. */
const withArray = (array: string, npy: string) =>
  instead(`
import io, zipfile
def npy(descr, shape, data=b"", version=1):
    text = str({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\\n"
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\\x93NUMPY" + bytes([version, 0]) + size + text + data
import honest
good = dict(np.load(output))
count = len(good["features"])
with zipfile.ZipFile(output, "w") as archive:
    for name in good:
        plain = io.BytesIO(); np.save(plain, good[name])
        archive.writestr(name + ".npy", ${npy} if name == "${array}" else plain.getvalue())
`);

/** The honest output, its bytes changed by `code`, in which they are `content`. */
const changed = (code: string) =>
  instead(
    `import honest\ncontent = bytearray(open(output, "rb").read())\n${code}\nopen(output, "wb").write(content)`,
  );

const twice =
  'fails (1): refused, since readers of one and of the other kind would find different descriptors';

/** Things that are not the output that was asked for. */
export const outputAttacks: readonly Attack[] = [
  {
    name: 'link-to-passwd',
    tries: 'leaves a symlink to /etc/passwd as its output',
    outcome: 'fails (1): no regular file',
    tracks: everyTrack,
    main: instead('os.symlink("/etc/passwd", output)'),
    exit: [1],
    says: /is no regular file but a symlink/,
    never: /root:x:0/,
  },
  {
    name: 'link-to-the-data',
    tries: 'leaves a symlink to /data/query_metadata.csv as its output',
    outcome: 'fails (1): no regular file',
    tracks: everyTrack,
    main: instead('os.symlink("/data/query_metadata.csv", output)'),
    exit: [1],
    says: /is no regular file but a symlink/,
  },
  {
    name: 'link-to-itself',
    tries: 'leaves a symlink to itself as its output',
    outcome: 'fails (1): it leads to no output',
    tracks: everyTrack,
    main: instead('os.symlink(output, output)'),
    exit: [1],
    says: nothingWritten,
  },
  {
    name: 'hard-link',
    tries: 'leaves a hard link to /etc/passwd as its output',
    outcome: "fails (1): the container's own file, and no npz",
    main: instead(
      'try: os.link("/etc/passwd", output)\nexcept OSError: open(output, "wb").write(open("/etc/passwd", "rb").read())',
    ),
    exit: [1],
    says: /not an npz|unreadable/,
    never: /root:x:0/,
  },
  {
    name: 'pipe',
    tries: 'leaves a named pipe as its output',
    outcome: 'fails (1): no regular file',
    tracks: everyTrack,
    main: instead('os.mkfifo(output)'),
    exit: [1],
    says: /is no regular file but a fifo/,
  },
  {
    name: 'socket',
    tries: 'leaves a socket as its output',
    outcome: 'fails (1): no output',
    tracks: everyTrack,
    main: instead('import socket\nsocket.socket(socket.AF_UNIX).bind(output)'),
    exit: [1],
    says: /The submission failed: .*subset_(query_descriptors|matches)/,
  },
  {
    name: 'folder',
    tries: 'leaves a folder full of files as its output',
    outcome: 'fails (1): no regular file',
    tracks: everyTrack,
    main: instead('os.mkdir(output)\nfor n in range(100): open(f"{output}/{n}", "w").write("x")'),
    exit: [1],
    says: /is no regular file but a directory/,
  },
  {
    name: 'sparse-50-gb',
    tries: 'makes an output of 50 GB that takes no space (sparse)',
    outcome: 'fails (1): larger than --disk allows any file to be',
    main: instead('open(output, "wb").truncate(50 * 10 ** 9)'),
    exit: [1],
    says: /larger than allowed/,
  },
  {
    name: 'sparse-30-gb',
    tries: 'makes a sparse output of 30 GB, below what --disk allows',
    outcome: 'fails (1): refused by its size, before it is copied',
    main: instead('open(output, "wb").truncate(30 * 10 ** 9)'),
    exit: [1],
    says: /subset_query_descriptors\.npz has 30 GB; allowed are|to the disk \(--disk\)/,
  },
  {
    name: 'pickle',
    tries: 'leaves an npz with a pickle that runs a command when it is loaded',
    outcome: 'fails (1): pickled objects are never loaded',
    main: instead(`
import honest
class Command:
    def __reduce__(self): return os.system, ("echo UNPICKLED",)
good = dict(np.load(output))
good["video_ids"] = np.array([Command()] * len(good["video_ids"]), dtype=object)
np.savez(output, **good)`),
    exit: [1],
    says: /pickled Python objects/,
    never: /^UNPICKLED/m,
  },
  {
    name: 'huge-header',
    tries: 'leaves an npz of 1 MB with an array header that unpacks to 200 MB',
    outcome: 'fails (1): the header is refused unread',
    main: handmade('header(b" " * (200 << 20), 2)'),
    exit: [1],
    says: /video_ids can't be read: its npy header is 209,715,200 bytes long/,
  },
  {
    name: 'huge-ids',
    tries: 'leaves an npz of 1 MB whose ids are a million characters each',
    outcome: 'fails (1): refused by the header',
    main: handmade(
      'header(str({"descr": "<U1000000", "fortran_order": False, "shape": (len(good["features"]),)}).encode() + b"\\n") + bytes(4000000) * len(good["features"])',
    ),
    exit: [1],
    says: /video_ids takes 4,000,000 bytes for each vector, which are far too many/,
  },
  {
    name: 'endless-ids',
    tries: 'leaves an npz of a few bytes with 2^40 ids of no characters',
    outcome: 'fails (1): refused by the header',
    main: withArray('video_ids', 'npy("<U0", (1 << 40,))'),
    exit: [1],
    says: /unreadable: video_ids can't be read: its dtype '<U0' is impossible/,
  },
  {
    name: 'endless-times',
    tries: 'the same with 2^50 timestamps of no bytes',
    outcome: 'fails (1): refused by the header',
    main: withArray('timestamps', 'npy("|S0", (1 << 50,))'),
    exit: [1],
    says: /unreadable: timestamps can't be read: its dtype '\|S0' is impossible/,
  },
  {
    name: 'wide-vectors',
    tries: 'leaves vectors of 2^50 dimensions',
    outcome: 'fails (1): refused by the header',
    main: withArray('features', 'npy("<f4", (1, 1 << 50), bytes(64))'),
    exit: [1],
    says: /unreadable: features is .* bytes long where its header says/,
  },
  {
    name: 'half-characters',
    tries: 'leaves ids with halves of characters, which no encoding has',
    outcome: 'fails (1): no text',
    main: withArray('video_ids', 'npy("<U1", (count,), (0xd83d).to_bytes(4, "little") * count)'),
    exit: [1],
    says: /unreadable: video_ids can't be read: id 0 has the code 55357, which is no character/,
  },
  {
    name: 'another-npy-version',
    tries: 'leaves arrays in version 3 of the npy format, which numpy seldom writes',
    outcome: 'read like the others: the rankings of an honest submission',
    main: withArray(
      'features',
      'npy("<f4", good["features"].shape, good["features"].tobytes(), 3)',
    ),
    exit: [0],
  },
  {
    name: 'times-in-half-precision',
    tries:
      'leaves timestamps in float16, so that nobody may compare its descriptors with the submitted',
    outcome: 'they are compared; the rankings are those of an honest submission',
    main: withArray(
      'timestamps',
      'npy("<f2", (count,), good["timestamps"][:, 0].astype("<f2").tobytes())',
    ),
    exit: [0],
    check: ({ stdout }) => expect(stdout).toContain('main.py does not make the submitted'),
  },
  {
    name: 'times-that-are-none',
    tries: 'the same with timestamps that are texts',
    outcome: 'the result says that it is not known, and why',
    main: withArray('timestamps', 'npy("<U4", (count,), "soon".encode("utf-32-le") * count)'),
    exit: [0],
    check: ({ stdout }) =>
      expect(stdout).toMatch(
        /is not known: subset_query_descriptors\.npz has timestamps of type <U4/,
      ),
  },
  {
    name: 'nul-in-a-name',
    tries: 'leaves an npz with an array whose name has a NUL, behind which some readers cut it',
    outcome: twice,
    main: changed(
      'at = content.rindex(b"features.npy")\nfor at in content.index(b"features.npy"), at: content[at + 8] = 0',
    ),
    exit: [1],
    says: /unreadable: not an npz file: .*has a NUL in its name/,
  },
  {
    name: 'two-directories',
    tries: 'leaves an npz with two directories, of other descriptors each',
    outcome: twice,
    main: changed(
      'import struct\nother = content.replace(b"NUMPY", b"NUMPY")\nother[700:764] = bytes(64)\ncontent = content[:-22] + other',
    ),
    exit: [1],
    says: /unreadable: not an npz file: its zip directory does not end where its end record begins/,
  },
  {
    name: 'bytes-behind-the-end',
    tries: 'leaves an npz with bytes behind its end, which moves what some readers find',
    outcome: twice,
    main: changed('content += b"x"'),
    exit: [1],
    says: /unreadable: not an npz file: something follows the end record/,
  },
  {
    name: 'no-output',
    tries: 'exits with 0 and writes nothing',
    outcome: 'fails (1): no output',
    tracks: everyTrack,
    main: 'pass\n',
    exit: [1],
    says: nothingWritten,
  },
  {
    name: 'crash-after-output',
    tries: 'crashes once its output is written',
    outcome: 'fails (1) with the exception',
    tracks: everyTrack,
    main: 'import honest\nraise RuntimeError("too late")\n',
    exit: [1],
    says: /The submission failed: main\.py exited with code 1: RuntimeError: too late/,
  },
  {
    name: 'wrong-ids',
    tries: 'describes videos that are not in the subset',
    outcome: 'fails (1): unknown videos',
    main: instead(
      'import honest\ngood = dict(np.load(output))\ngood["video_ids"] = np.full(len(good["video_ids"]), "Q100001")\nnp.savez(output, **good)',
    ),
    exit: [1],
    says: /unknown-video: Q100001 is not in query_subset\.csv/,
  },
  {
    name: 'not-a-number',
    tries: 'describes videos by NaN, which compares with nothing',
    outcome: 'fails (1): not finite',
    main: instead(
      'import honest\ngood = dict(np.load(output))\ngood["features"][3] = np.nan\nnp.savez(output, **good)',
    ),
    exit: [1],
    says: /not-finite: found nan/,
  },
  {
    name: 'changing-output',
    tries: 'exchanges its output for a symlink and back, ever again, also while it is copied',
    outcome: 'either refused (1) or, unchanged, the rankings of an honest submission',
    tracks: everyTrack,
    main: instead(`
import honest, shutil
shutil.copy(output, "/tmp/good")
if os.fork() == 0:
    os.setsid()
    while True:
        os.symlink("/etc/passwd", "/tmp/link"); os.rename("/tmp/link", output)
        shutil.copy("/tmp/good", "/tmp/next"); os.rename("/tmp/next", output)
`),
    exit: [0, 1],
    never: /root:x:0/,
  },
];
