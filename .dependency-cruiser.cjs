// The direction of imports, as CONTRIBUTING.md draws it: every room sees the floors below its own, and
// of a room on its own floor at most the one file that this room offers to its neighbours.

/** The rooms, floor by floor from the top. */
const floors = [
  ['main.ts'],
  ['start.ts'],
  ['cli/'],
  ['commands/'],
  ['describe/', 'batch/'],
  ['rehearsal/', 'running/', 'doctor/', 'completion/', 'settings/'],
  ['tasks/'],
  ['tracks/'],
  [
    'init/',
    'preflight/',
    'packing/',
    'download/',
    'samples/',
    'frames/',
    'reproduction/',
    'provenance/',
    'scoring/',
    'report/',
  ],
  ['descriptors/', 'matches/', 'dataset/', 'image/'],
  ['engine/', 'scheduler/'],
  ['progress/'],
  [
    'causes.ts',
    'chunk-pool.ts',
    'environment.ts',
    'errors.ts',
    'files.ts',
    'find-program.ts',
    'load.ts',
    'nearest.ts',
    'node-version.ts',
    'places.ts',
    'processes.ts',
    'project.ts',
    'slashed.ts',
    'tar-gz.ts',
    'turn.ts',
    'walk.ts',
    'web.ts',
  ],
];

/** What a room offers to the rooms on its own floor. */
const offered = [
  'rehearsal/work-folder.ts',
  'preflight/open-submission.ts',
  'packing/contents.ts',
  'reproduction/reproduction.ts',
  'scoring/score.ts',
  'frames/frames.ts',
  'dataset/metadata.ts',
  'causes.ts',
  'environment.ts',
  'errors.ts',
  'places.ts',
  'slashed.ts',
  'turn.ts',
];

const pattern = (paths) => `^src/(${paths.map((path) => path.replace('.', '\\.')).join('|')})`;
const rooms = pattern(floors.slice(3, 6).flat());

const upwards = floors.slice(1).map((floor, above) => ({
  name: `nothing-on-floor-${floors.length - above - 1}-looks-up`,
  severity: 'error',
  from: { path: pattern(floor) },
  to: { path: pattern(floors.slice(0, above + 1).flat()) },
}));

const sideways = floors.flatMap((floor) =>
  floor.map((room) => ({
    name: `${room.replace(/\W/g, '')}-minds-its-own-business`,
    severity: 'error',
    from: { path: pattern([room]) },
    to: {
      path: pattern(floor.filter((other) => other !== room).concat('no-other')),
      pathNot: pattern(offered),
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    ...sideways,
    {
      name: 'no-cycles',
      // A command takes what carries it out from its own file, late (`perform` in src/commands/host.ts).
      severity: 'error',
      from: { path: '^(.+)$' },
      to: { circular: true, pathNot: '^$1$' },
    },
    {
      name: 'rooms-reach-the-engine-through-its-port',
      severity: 'error',
      from: { path: rooms },
      to: {
        path: '^src/engine/',
        pathNot:
          '^src/engine/(port|errors|gpus|helper|inputs|container-labels|secret|take-out)\\.ts$',
      },
    },
    {
      name: 'rooms-report-events-not-prints',
      severity: 'error',
      from: { path: `${rooms}|^src/engine/` },
      to: {
        path: '^src/progress/',
        pathNot:
          '^src/progress/(events|format|json|mask|output-filter|shell|symbols|visible)\\.ts$',
      },
    },
    {
      name: 'settings-are-read-at-the-door',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|commands|settings)/' },
      to: { path: '^src/settings/' },
    },
    {
      name: 'schemas-are-loaded-where-a-file-is-read',
      comment: 'Their types cost nothing; valibot would be loaded with every rehearsal.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/report/read\\.ts$' },
      to: {
        path: '^src/(report/(model|read)|provenance/provenance)\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-the-report-draws',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/report/' },
      to: { path: 'node_modules/(@observablehq/plot|linkedom)/' },
    },
    {
      name: 'only-deps-makes-the-engine-and-the-sinks',
      severity: 'error',
      from: { pathNot: '^src/(cli/deps\\.ts|engine/)|^test/' },
      to: { path: '^src/engine/(docker|endpoint)\\.ts$' },
    },
    {
      name: 'only-the-engine-room-imports-dockerode',
      severity: 'error',
      from: { pathNot: '^src/engine/' },
      to: { path: 'node_modules/(@types/)?dockerode/' },
    },
    {
      name: 'only-the-web-and-the-download-client-import-undici',
      severity: 'error',
      from: { pathNot: '^src/(web|download/client)\\.ts$' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'shipped-code-uses-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
