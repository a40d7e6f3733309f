import type { Settings } from './settings.ts';
import { type VariableKey, variableTable } from './variables.ts';

/** A setting by the name of its variable, and what set it. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** The settings of these variables, all if none are named, in the order of the table. */
export function settingRows(
  settings: Settings,
  keys: readonly VariableKey[] = Object.keys(variableTable) as VariableKey[],
): SettingRow[] {
  return keys.map((key) => {
    const { value, source } = settings[key];
    return { name: variableTable[key].name, value: String(value ?? ''), source };
  });
}
