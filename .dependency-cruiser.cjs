// The direction of imports, as CONTRIBUTING.md draws it:
// main -> cli -> commands -> rooms -> engine/port -> report/events, errors.
const rooms = '^src/(image|dataset|descriptors|submission|scoring|html-report|doctor)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'rooms-know-no-commands',
      severity: 'error',
      from: { path: rooms },
      to: { path: '^src/(main|cli|commands|settings)' },
    },
    {
      name: 'rooms-reach-the-engine-through-its-port',
      severity: 'error',
      from: { path: rooms },
      to: { path: '^src/engine/', pathNot: '^src/engine/(port|errors)\\.ts$' },
    },
    {
      name: 'rooms-report-events-not-prints',
      severity: 'error',
      from: { path: `${rooms}|^src/engine/` },
      to: { path: '^src/report/', pathNot: '^src/report/(events|format)\\.ts$' },
    },
    {
      name: 'engine-knows-no-rooms',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: {
        path: '^src/(main|cli|commands|settings|image|dataset|descriptors|submission|scoring|html-report|doctor)',
      },
    },
    {
      name: 'the-page-is-made-from-its-model-alone',
      severity: 'error',
      from: { path: '^src/html-report/' },
      to: {
        path: '^src/(image|dataset|descriptors|submission|engine|scoring/(?!(score|reproduction)\\.ts$))',
      },
    },
    {
      name: 'only-the-page-draws',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/html-report/' },
      to: { path: 'node_modules/(@observablehq/plot|linkedom)/' },
    },
    {
      name: 'commands-know-no-cli',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/(main|cli)' },
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
      name: 'leaves',
      severity: 'error',
      from: { path: '^src/(errors|files|processes|track|project)\\.ts$|^src/report/events\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(errors|track)\\.ts$' },
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
