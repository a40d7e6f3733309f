import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { InputPlacement } from '../engine/inputs.ts';
import type { ContainerEngine, RunPlan } from '../engine/port.ts';
import { TestsFailed } from '../errors.ts';
import { exists } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import {
  buildLocalImage,
  findLocalImage,
  type LocalImage,
  type LocalImageOptions,
} from './build.ts';
import { slimLacks, type Variant } from './choice.ts';

/** What testing an image is asked to do. */
export interface PackageTestsRequest {
  readonly track: Track;
  readonly image: LocalImageOptions;
  /** The project directory, whose `runtime/` comes before what the image brought along. */
  readonly root: string;
  /** Folders to look for a `runtime/` to build from in. */
  readonly roots: readonly string[];
  readonly skipGpu: boolean;
  /** Labels by which `vsc` knows the container. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What testing an image works with. */
export interface PackageTestsTools {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Tests that are ready to run. */
export interface PreparedPackageTests {
  readonly plan: RunPlan;
  readonly local: LocalImage;
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
  const { root, image, skipGpu, labels } = request;
  const local = await findLocalImage(engine, request.track, image);
  if (local.variant !== image.variant) {
    reporter.report({
      type: 'note',
      message: `Testing the slim image, since the ${image.variant} image is not built: ${slimLacks}. For that one: vsc test-container --${image.variant}`,
    });
  }
  const runtime = join(root, 'runtime');
  const isOwn = await exists(join(runtime, testFile));
  const plan = planPackageTests({
    id: randomBytes(4).toString('hex'),
    image: local.image?.id ?? local.name,
    variant: local.variant,
    skipGpu,
    labels,
    ...(isOwn && { runtime }),
  });
  return { plan, local };
}

/** How the container that tests an image runs. */
function planPackageTests(tests: {
  readonly id: string;
  readonly image: string;
  readonly variant: Variant;
  /** The project's `runtime/`, where it has one with tests. */
  readonly runtime?: string;
  readonly skipGpu: boolean;
  readonly labels: Readonly<Record<string, string>>;
}): RunPlan {
  const { runtime, skipGpu } = tests;
  const folder = runtime === undefined ? ownRuntime : projectRuntime;
  return {
    name: `vsc-test-container-${tests.id}`,
    image: tests.image,
    command: ['python3', '-m', 'pytest', '-p', 'no:cacheprovider', `${folder}/${testFile}`],
    environment: {
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      SKIP_GPU: String(skipGpu),
    },
    labels: tests.labels,
    mounts:
      runtime === undefined ? [] : [{ source: runtime, target: projectRuntime, readOnly: true }],
    network: 'none',
    gpus: tests.variant === 'gpu' && !skipGpu ? 'all' : 'none',
    shmBytes,
    init: true,
    unprivileged: false,
    limits: {},
  };
}

/** Builds the image if need be and runs its tests. Returns seconds. @throws TestsFailed */
export async function runPackageTests(
  request: PackageTestsRequest,
  { plan, local }: PreparedPackageTests,
  tools: PackageTestsTools,
): Promise<number> {
  const { engine, reporter, signal } = tools;
  const image = local.image ?? (await buildLocalImage(local, request.track, request.roots, tools));
  reporter.report({ type: 'step', message: `Testing ${local.name}` });
  const placement = new InputPlacement(engine, reporter);
  const outcome = await placement.run({ ...plan, image: image.id }, plan.mounts, {
    signal,
    onOutput: (chunk) => reporter.output(chunk),
  });
  if (outcome.exitCode === 0) return outcome.seconds;
  const why = outcome.outOfMemory
    ? 'it ran out of memory'
    : `pytest exited with ${outcome.exitCode}`;
  throw new TestsFailed(`${local.name} does not pass its tests: ${why}.`, [
    'What failed is above. The tests are in runtime/tests/test_packages.py.',
    `To look around in the image: vsc interact-container --image ${local.name}`,
  ]);
}
