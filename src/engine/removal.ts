import type Dockerode from 'dockerode';
import { stateAfterExit } from './container.ts';
import { daemonFailure } from './errors.ts';

/** What an engine says that has to keep a file open for each of more folders than it may open files. */
const tooDeep = /too many open files|file name too long/i;

/** Where the helper finds what it has to remove. */
const leftover = '/leftover';

/**
 * Removes all that is in a folder by bringing it up to that folder first, so that it costs the same for
 * every level: "rm -rf" climbs back by "..", which in a mount the kernel checks by all levels above.
 */
const empty = `
chdir shift or die;
sub entries { opendir my $folder, shift or die; grep { !/^\\.\\.?$/ } readdir $folder }
my ($number, @names) = (0, entries("."));
while (defined(my $name = pop @names)) {
  lstat $name;
  unless (-d _) { unlink $name or die; next }
  for (entries($name)) {
    $number++ while lstat "vsc.$number";
    rename "$name/$_", "vsc.$number" or die;
    push @names, "vsc.$number";
  }
  rmdir $name or die;
}`;

/**
 * Stops and removes a container with all its files; folders within folders that are too deep for the
 * engine are removed by another container of the same image first.
 * @throws what the engine says
 */
export async function removeWithFiles(docker: Dockerode, id: string): Promise<void> {
  const container = docker.getContainer(id);
  const remove = () => container.remove({ force: true, v: true });
  try {
    await remove();
  } catch (error) {
    const { status, message } = daemonFailure(error);
    if (status === undefined) return remove(); // over a new connection: the old one may have died unnoticed
    if (!tooDeep.test(message) || !(await emptied(docker, container))) throw error;
    await remove();
  }
}

/** Removes what a container has written; false where the engine doesn't tell where it keeps that. */
async function emptied(docker: Dockerode, container: Dockerode.Container): Promise<boolean> {
  const { Image, Config, GraphDriver } = await container.inspect();
  const { UpperDir: folder } = (GraphDriver?.Data ?? {}) as { UpperDir?: string };
  if (folder === undefined) return false;
  const helper = await docker.createContainer({
    Image,
    User: '0:0',
    // A later vsc removes it like any other, should this one be killed.
    Labels: Config.Labels,
    Entrypoint: ['perl', '-e', empty],
    Cmd: [leftover],
    HostConfig: {
      Mounts: [{ Type: 'bind', Source: folder, Target: leftover }],
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      LogConfig: { Type: 'none', Config: {} },
      CapDrop: ['ALL'],
      CapAdd: ['DAC_OVERRIDE', 'FOWNER'],
      SecurityOpt: ['no-new-privileges'],
    },
  });
  try {
    await helper.start();
    await stateAfterExit(helper, new AbortController().signal);
  } finally {
    await helper.remove({ force: true });
  }
  return true;
}
