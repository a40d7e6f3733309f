import type { Command } from 'commander';
import type { InteractionRequest } from '../rehearsal/interaction.ts';
import type { Flags } from '../settings/settings.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import { runOptions } from './run-options.ts';

export interface InteractContainerOptions {
  readonly interaction: Omit<InteractionRequest, 'labels'>;
  readonly dryRun: boolean;
}

interface InteractContainerFlags extends Flags {
  readonly dryRun?: boolean;
}

export function registerInteractContainer(program: Command, host: CommandHost): void {
  const command = program
    .command('interact-container')
    .description('bash in the local image, with the mounts of test-submission')
    .option('--dry-run', 'only show the container that would run')
    .addHelpText('after', "\nExits with bash's own exit code.");
  addSettings(command, [
    'dataset',
    'cpuOrGpu',
    'skipGpu',
    'blockInternet',
    'submissionImage',
  ]).action(async (flags: InteractContainerFlags) => {
    const settings = await host.settings(flags);
    await host.perform(interactContainer, {
      interaction: runOptions(host, settings),
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function interactContainer(
  options: InteractContainerOptions,
  deps: Deps,
): Promise<Result> {
  const [{ interact, prepareInteraction }, { ownLabels }] = await Promise.all([
    import('../rehearsal/interaction.ts'),
    import('../engine/container-labels.ts'),
  ]);
  const { project } = options.interaction;
  const request = { ...options.interaction, labels: ownLabels(project.root, deps.owner) };
  const engine = await deps.engine();
  const plan = await prepareInteraction(request, engine, deps.reporter);
  if (options.dryRun) return { text: JSON.stringify(plan, null, 2), data: { plan } };
  const { interactiveStreams, reporter, signal } = deps;
  const exitCode = await interact(plan, project, interactiveStreams, { engine, reporter, signal });
  return { text: '', data: { exitCode }, exitCode };
}
