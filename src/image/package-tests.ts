import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { InputPlacement } from '../engine/inputs.ts';
import type { ContainerEngine, Image, RunPlan } from '../engine/port.ts';
import { TestsFailed } from '../errors.ts';
import { exists } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { buildImage, findBuildContext, planBuild } from './build.ts';
import {
  findLocalImage,
  flagsOf,
  type ImageNames,
  isSlim,
  localImage,
  slimLacks,
  type Variant,
} from './choice.ts';

/** What testing an image is asked to do. */
export interface PackageTestsRequest {
  readonly track: ImageNames;
  readonly image: LocalImageOptions;
  /** The project directory, whose `runtime/` comes before what the image brought along. */
  readonly root: string;
  /** Folders to look for a `runtime/` to build from in. */
  readonly roots: readonly string[];
  readonly skipGpu: boolean;
  /** Labels by which `vsc` knows the container. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Which image built on this machine is wanted. */
export interface LocalImageOptions {
  readonly variant: Variant;
  /** Whether the user said so; else the slim image will do where the other has not been built. */
  readonly asked: boolean;
}

/** What testing an image works with. */
export interface PackageTestsTools {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Tests that are ready to run, and the image that they are of. */
export interface PreparedPackageTests extends LocalImage {
  readonly plan: RunPlan;
}

/** An image built on this machine. */
interface LocalImage {
  readonly name: string;
  readonly variant: Variant;
  /** Undefined: it has to be built first. */
  readonly image: Image | undefined;
}

const testFile = 'tests/test_packages.py';

/** Where the images have their own copy of `runtime/`, and where the project's is mounted. */
const ownRuntime = '/opt/vsc_runtime';
const projectRuntime = '/project/runtime';

/** Some loaders of the packages under test hand data over in shared memory. */
const shmBytes = 1024 ** 3;

/** Finds the image and plans its test; says which of them it is where that is not plain. */
export async function preparePackageTests(
  request: PackageTestsRequest,
  { engine, reporter }: PackageTestsTools,
): Promise<PreparedPackageTests> {
  const { image: wanted, skipGpu, labels } = request;
  const local = await findWanted(engine, request.track, wanted);
  if (local.variant !== wanted.variant) {
    const lacks = isSlim(local.variant) ? `: ${slimLacks(local.variant)}` : '';
    const message = `Testing ${local.name}, since the ${wanted.variant} image is not built${lacks}. For that one: vsc test-container ${flagsOf(wanted.variant)}`;
    reporter.report({ type: 'note', message });
  }
  const source = join(request.root, 'runtime');
  const isOwn = await exists(join(source, testFile));
  const folder = isOwn ? projectRuntime : ownRuntime;
  const plan: RunPlan = {
    name: `vsc-test-container-${randomBytes(4).toString('hex')}`,
    image: local.image?.id ?? local.name,
    command: ['python3', '-m', 'pytest', '-p', 'no:cacheprovider', `${folder}/${testFile}`],
    environment: {
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      SKIP_GPU: String(skipGpu),
    },
    labels,
    mounts: isOwn ? [{ source, target: projectRuntime, readOnly: true }] : [],
    network: 'none',
    gpus: local.variant === 'gpu' && !skipGpu ? 'all' : 'none',
    shmBytes,
    init: true,
    unprivileged: false,
    limits: {},
  };
  return { ...local, plan };
}

/** The local image that is wanted, or the one to build for it. */
async function findWanted(
  engine: ContainerEngine,
  track: ImageNames,
  { variant, asked }: LocalImageOptions,
): Promise<LocalImage> {
  const candidates: readonly Variant[] = asked ? [variant] : [variant, 'slim-torch', 'slim'];
  for (const candidate of candidates) {
    const found = await findLocalImage(engine, track, candidate);
    if (found !== undefined) return { ...found, variant: candidate };
  }
  return { name: localImage(track, variant), variant, image: undefined };
}

/** Builds the image if need be and runs its tests. Returns seconds. @throws BuildFailed, TestsFailed */
export async function runPackageTests(
  { track, roots }: PackageTestsRequest,
  { plan, name, variant, ...prepared }: PreparedPackageTests,
  { engine, reporter, signal }: PackageTestsTools,
): Promise<number> {
  let { image } = prepared;
  if (image === undefined) {
    const build = planBuild(track, variant);
    const context = await findBuildContext(build.dockerfile, roots);
    image = await buildImage(build, context, engine, reporter, signal);
  }
  reporter.report({ type: 'step', message: `Testing ${name}` });
  const placement = new InputPlacement(engine, reporter);
  const outcome = await placement.run({ ...plan, image: image.id }, plan.mounts, {
    signal,
    onOutput: (chunk) => reporter.output(chunk),
  });
  if (outcome.exitCode === 0) return outcome.seconds;
  const why = outcome.outOfMemory
    ? 'it ran out of memory'
    : `pytest exited with ${outcome.exitCode}`;
  throw new TestsFailed(`${name} does not pass its tests: ${why}.`, [
    'What failed is above. The tests are in runtime/tests/test_packages.py.',
    `To look around in the image: vsc interact-container --image ${name}`,
  ]);
}
