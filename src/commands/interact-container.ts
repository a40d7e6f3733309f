import type { Command } from 'commander';
import { jsonText } from '../progress/json.ts';
import type { InteractionRequest } from '../rehearsal/interaction.ts';
import type { Lent } from '../rehearsal/prepared.ts';
import { addExamples, groups } from './help.ts';
import {
  addData,
  addGpus,
  addSettings,
  addVariables,
  type CommandHost,
  containerSettings,
  type Deps,
  type LentFlags,
  type Result,
  runOptions,
} from './host.ts';

export interface InteractContainerOptions {
  readonly interaction: Omit<InteractionRequest, 'labels'>;
  readonly lent: Lent;
  readonly dryRun: boolean;
}

interface InteractFlags extends LentFlags {
  readonly dryRun?: boolean;
}

const used = ['track', 'dataset', ...containerSettings] as const;

export function registerInteractContainer(program: Command, host: CommandHost): void {
  const command = program
    .command('interact-container')
    .helpGroup(groups.image)
    .description('bash in the local image, with the mounts of test-submission')
    .option('--dry-run', 'only show the container that would run')
    .addHelpText('after', "\nExits with bash's own exit code.");
  addSettings(addGpus(addVariables(addData(command))), used).action(
    async (flags: InteractFlags) => {
      const settings = await host.settings(flags);
      const lent = (await import('./lent.ts')).lentBy(host, settings, flags);
      const interaction = await runOptions(host, settings, flags);
      await host.perform(async () => (await import('./interact-container.ts')).interactContainer, {
        interaction,
        lent,
        dryRun: flags.dryRun ?? false,
      });
    },
  );
  addExamples(
    command,
    ['vsc interact-container', 'look around'],
    ['vsc interact-container --block-internet', 'as on the server, without network'],
    ['vsc interact-container --dry-run', 'what would run'],
  );
}

export async function interactContainer(
  { interaction, lent, dryRun }: InteractContainerOptions,
  deps: Deps,
): Promise<Result> {
  const { interact, prepareInteraction } = await import('../rehearsal/interaction.ts');
  const { containerLabels } = await import('../engine/container-labels.ts');
  const { project } = interaction;
  const { nvidiaSmi } = deps.machine;
  const tools = { ...deps, nvidiaSmi, engine: await deps.engine() };
  const request = { ...interaction, ...lent, labels: containerLabels(project.root, deps.owner) };
  const plan = await prepareInteraction(request, tools);
  if (dryRun) return { text: jsonText(plan, 2), data: { plan } };
  const exitCode = await interact(plan, project, deps.interactiveStreams(), tools);
  return { text: '', data: { exitCode }, exitCode };
}
