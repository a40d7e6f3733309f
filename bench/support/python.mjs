import { execa } from 'execa';
import { image } from './sources.mjs';

/**
 * Runs a Python program in the image, with a folder at /bench to read.
 * @returns the numbers that it prints
 */
export async function pythonOn(folder, program, ...words) {
  const docker = ['run', '--rm', '--network', 'none', '-v', `${folder}:/bench:ro`];
  const python = ['--entrypoint', 'python3', image, '-c', program, ...words];
  const { stdout } = await execa('docker', [...docker, ...python]);
  return stdout.split(' ').map(Number);
}
