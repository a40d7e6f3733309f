// `npm run mutate`, and every night (.github/workflows/mutation.yml): changes the pure files token by token
// and looks whether the unit tests notice.

/**
 * The pure files decide from what they are given: no engine, no terminal and no server has to answer,
 * at most files in a temporary folder. What the others do is noticed by the tests with a real engine.
 */
const pure = [
  'src/{causes,chunk-pool,errors,node-version,processes,project}.ts',
  'src/batch/{page,submissions,told,verdict}.ts',
  'src/{completion,doctor,matches,preflight,reproduction,scoring,scoring/segments,settings,tracks}/*.ts',
  'src/dataset/{csv,ground-truth,layout,metadata,require-data,sampling,subset-plan}.ts',
  'src/descriptors/*.ts',
  'src/engine/{container,container-labels,endpoint,errors,inputs,ssh,streams}.ts',
  'src/image/{build,choice,credentials,gpu}.ts',
  'src/packing/{clean,contents}.ts',
  'src/progress/{format,plain,terminal}.ts',
  'src/provenance/{digests,provenance,verify}.ts',
  'src/rehearsal/{failure,limits,log,record,run-report,runtime-report,stages,text-filter}.ts',
  'src/scheduler/slurm-{script,states}.ts',
  'src/tasks/{forecast,job-book,run-task,run-tasks,task-folder,task-runs}.ts',
  'src/report/{components,curves,headline,match-bounds,match-scores,pair-plot,reproduction,run-details,scores}.ts',
];

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: pure,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // A constant of a module is made once, when that is loaded: each change of one would take a run of all
  // tests in a new process, most of the time for few of the mutants.
  ignoreStatic: true,
  // Beyond what the tests themselves take: a loop that never ends is known sooner.
  timeoutMS: 2_000,
  thresholds: { high: 95, low: 90, break: 85 },
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: '.stryker/report.html' },
  jsonReporter: { fileName: '.stryker/report.json' },
  incremental: true,
  incrementalFile: '.stryker/incremental.json',
  tempDirName: '.stryker/tmp',
  // Not copied, and so not run: tests that need an engine, a browser or long; and those of the commands,
  // which load their rooms when they run, so that a room's constants would count as that test's work.
  ignorePatterns: [
    '/test/{browser,cli,cluster,docker,e2e,fuzz,hostile}/**/*.test.ts',
    '/test/tasks/simulation.test.ts',
    '/competition_data',
    '/data',
    '/dist',
  ],
};
