import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  dataFolder,
  findCompetitionData,
  presentVideos,
  subsetCommand,
} from '../../src/dataset/layout.ts';
import { truePairs, trueSegments } from '../../src/dataset/truths.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { failure, fillCompetitionData, temporaryFolder, temporaryProject } from './support.ts';

describe('findCompetitionData', () => {
  it.each([
    ['', 'ground_truth.csv'],
    ['train_', 'train_ground_truth.csv'],
    ['train_', 'train_descriptor_ground_truth.csv'],
  ])('finds files named %j… and %s', async (prefix, groundTruthName) => {
    const project = await temporaryProject();
    const folder = join(project.competitionData, 'train');
    await fillCompetitionData(folder, { queries: 1, prefix, groundTruthName });
    expect(await findCompetitionData(project, 'train', truePairs)).toEqual({
      folder,
      queryMetadata: join(folder, `${prefix}query_metadata.csv`),
      referenceMetadata: join(folder, `${prefix}reference_metadata.csv`),
      queries: join(folder, 'query'),
      references: join(folder, 'reference'),
      groundTruths: [{ names: truePairs, path: join(folder, groundTruthName) }],
    });
  });

  it('asks for no ground truth of a dataset that has none', async () => {
    const project = await temporaryProject();
    const folder = join(project.competitionData, 'phase2');
    await fillCompetitionData(folder, { queries: 1, prefix: 'phase2_', groundTruthName: '' });
    const found = await findCompetitionData(project, 'phase2', truePairs);
    expect(found.queryMetadata).toBe(join(folder, 'phase2_query_metadata.csv'));
    expect(found.groundTruths).toEqual([]);
  });

  it.each(['matching_ground_truth.csv', 'train_matching_ground_truth.csv'])(
    'finds the ground truth of both tracks in one folder (%s)',
    async (name) => {
      const project = await temporaryProject();
      const folder = join(project.competitionData, 'train');
      await fillCompetitionData(folder, { queries: 1 });
      await writeFile(join(folder, name), 'query_id,ref_id\n');
      const both = [
        { names: truePairs, path: join(folder, 'ground_truth.csv') },
        { names: trueSegments, path: join(folder, name) },
      ];
      for (const needed of [truePairs, trueSegments]) {
        const { groundTruths } = await findCompetitionData(project, 'train', needed);
        expect(groundTruths).toEqual(both);
      }
    },
  );

  it('needs the ground truth of the track alone', async () => {
    const project = await temporaryProject();
    const folder = join(project.competitionData, 'train');
    await fillCompetitionData(folder, { queries: 1 });
    const { message } = await failure(findCompetitionData(project, 'train', trueSegments));
    expect(message.split('\n').at(-1)).toBe(
      '  matching_ground_truth.csv or train_matching_ground_truth.csv',
    );
  });

  it('follows symlinks to the folder and to files', async () => {
    const project = await temporaryProject();
    const elsewhere = join(await temporaryFolder(), 'disk');
    await fillCompetitionData(elsewhere, { queries: 1, groundTruthName: '' });
    await writeFile(join(project.root, 'truth'), 'query_id,ref_id\n');
    await symlink(join(project.root, 'truth'), join(elsewhere, 'ground_truth.csv'));
    await mkdir(project.competitionData);
    await symlink(elsewhere, join(project.competitionData, 'train'));
    const found = await findCompetitionData(project, 'train', truePairs);
    expect(found.groundTruths[0]?.path).toBe(
      join(project.competitionData, 'train', 'ground_truth.csv'),
    );
  });

  it('says where the download belongs', async () => {
    const project = await temporaryProject();
    const error = await failure(findCompetitionData(project, 'test', truePairs));
    const folder = join(project.competitionData, 'test');
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toBe(`No competition data of test: ${folder} is not there.`);
    const put = [
      'Put the download there, or a symlink to it: query_metadata.csv, reference_metadata.csv (each also as test_….csv) and query/.',
      'vsc sample-data   makes a small one, for a first try',
      'Or fetch it from a list of URLs: vsc download test --url-list FILE or URL',
    ];
    expect(error.next).toEqual(put);
    expect((await failure(findCompetitionData(project, 'train', truePairs))).next.join()).toContain(
      'reference_metadata.csv, ground_truth.csv (each also as train_….csv)',
    );
  });

  it('names the target of a symlink to nothing', async () => {
    const project = await temporaryProject();
    await mkdir(project.competitionData);
    await symlink('/no/such/disk', join(project.competitionData, 'train'));
    const { message } = await failure(findCompetitionData(project, 'train', truePairs));
    expect(message).toContain('is a symlink to /no/such/disk, which is not there');
  });

  it('lists all that is missing at once', async () => {
    const project = await temporaryProject();
    const folder = join(project.competitionData, 'train');
    await fillCompetitionData(folder, { queries: 1, groundTruthName: '' });
    await rm(join(folder, 'query'), { recursive: true });
    await rm(join(folder, 'query_metadata.csv'));
    const { message, next } = await failure(findCompetitionData(project, 'train', truePairs));
    expect(message.split('\n')).toEqual([
      `The competition data of train are not complete in ${folder}. Missing:`,
      '  query_metadata.csv or train_query_metadata.csv',
      '  ground_truth.csv or train_ground_truth.csv or train_descriptor_ground_truth.csv',
      '  query/ (the folder of Q…….mp4)',
    ]);
    expect(next).toEqual([`Put these into ${folder} (symlinks are fine).`]);
  });

  it('says which folder of videos can not be listed', async () => {
    const error = await failure(presentVideos('/no/such/folder', ['Q100001']));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/^Could not list \/no\/such\/folder: /);
  });
});

it('names the files of data/<dataset> as the container knows them', () => {
  expect(dataFolder('/data').querySubset).toBe('/data/query_subset.csv');
  expect(dataFolder('/data').queries).toBe('/data/query');
});

it('names the dataset in the command unless it is the default', () => {
  expect(subsetCommand('train')).toBe('vsc data-subset');
  expect(subsetCommand('phase2')).toBe('DATASET=phase2 vsc data-subset');
});
