import { Help, type HelpConfiguration, type Option } from 'commander';
import { widestText } from '../progress/wrap.ts';

/** Columns that a description needs beside its term; with fewer it stands below. */
const leastBeside = 24;

/** What stands before a description below its term. */
const below = '      ';

/** The width of help at a terminal of so many columns. */
export function helpWidth(columns: number): number {
  return Math.min(columns, widestText);
}

/** How commander lays out help; it takes the colours out where there are to be none. */
export const helpStyle: HelpConfiguration = {
  showGlobalOptions: true,
  minWidthToWrap: leastBeside,
  styleTitle: (title) => `\u001b[1m${title}\u001b[22m`,
  // What it takes is on its page.
  subcommandTerm: (command) => command.name(),
  // What every command takes stands together, at the end of its page; the version is asked of vsc itself.
  visibleOptions(command) {
    const options = defaults.visibleOptions.call(this, command);
    return command.parent === null ? options : options.filter((option) => !isHelp(option));
  },
  visibleGlobalOptions(command) {
    if (command.parent === null) return [];
    const globals = defaults.visibleGlobalOptions.call(this, command);
    const own = defaults.visibleOptions.call(this, command).filter(isHelp);
    return [...globals.filter(({ long }) => long !== '--version'), ...own];
  },
  formatItemList(heading, items, helper) {
    const title = heading === 'Global Options:' ? 'As with every command:' : heading;
    return defaults.formatItemList.call(this, title, items, helper);
  },
  formatItem(term, termWidth, description, helper) {
    const width = this.helpWidth ?? 80;
    if (description === '' || width - termWidth - 4 >= leastBeside) {
      return defaults.formatItem.call(this, term, termWidth, description, helper);
    }
    const lines = helper.boxWrap(description, width - below.length).split('\n');
    return [`  ${term}`, ...lines.map((line) => `${below}${line}`)].join('\n');
  },
};

const { prototype: defaults } = Help;

function isHelp({ long }: Option): boolean {
  return long === '--help';
}
