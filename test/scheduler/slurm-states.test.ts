import { describe, expect, it } from 'vitest';
import type { Job, TaskState } from '../../src/scheduler/port.ts';
import { KnownTasks, readQueue, stateOf } from '../../src/scheduler/slurm-states.ts';

const over = (cause: string, detail: string) => ({ kind: 'over', cause, node: 'node1', detail });

describe('a state of Slurm', () => {
  it.each([
    ['PENDING', 'None', { kind: 'waiting' }],
    ['PENDING', 'Resources', { kind: 'waiting', reason: 'free nodes' }],
    [
      'PENDING',
      'PartitionTimeLimit',
      {
        kind: 'waiting',
        reason:
          'what it will never get: nothing there is or may be as it asks for (PartitionTimeLimit)',
      },
    ],
    [
      'PENDING',
      'ReqNodeNotAvail, UnavailableNodes:node1',
      {
        kind: 'waiting',
        reason: 'nodes that are down or reserved (ReqNodeNotAvail, UnavailableNodes:node1)',
      },
    ],
    ['PENDING', 'JobHeldUser', { kind: 'waiting', reason: 'somebody to release it (JobHeldUser)' }],
    [
      'PENDING',
      'QOSMaxJobsPerUserLimit',
      {
        kind: 'waiting',
        reason: 'the limits of its user, account or quality of service (QOSMaxJobsPerUserLimit)',
      },
    ],
    [
      'PENDING',
      'PartitionDown',
      { kind: 'waiting', reason: expect.stringMatching(/begins no tasks now/) },
    ],
    ['PENDING', 'SomethingNew', { kind: 'waiting', reason: 'SomethingNew' }],
    ['CONFIGURING', 'None', { kind: 'waiting', reason: 'its node to start' }],
    ['SUSPENDED', 'None', { kind: 'waiting', reason: 'somebody to resume it' }],
    ['RUNNING', 'None', { kind: 'running', node: 'node1' }],
    ['COMPLETING', 'NonZeroExitCode', { kind: 'running', node: 'node1' }],
    ['COMPLETED', 'None', over('ended', 'COMPLETED')],
    ['FAILED', 'NonZeroExitCode', over('ended', 'FAILED, NonZeroExitCode')],
    ['OUT_OF_MEMORY', 'OutOfMemory', over('ended', 'OUT_OF_MEMORY, OutOfMemory')],
    ['NODE_FAIL', 'NodeDown', over('lost', 'NODE_FAIL, NodeDown')],
    ['BOOT_FAIL', 'None', over('lost', 'BOOT_FAIL')],
    ['TIMEOUT', 'TimeLimit', over('out-of-time', 'TIMEOUT, TimeLimit')],
    ['DEADLINE', 'DeadLine', over('out-of-time', 'DEADLINE, DeadLine')],
    ['PREEMPTED', 'None', over('pre-empted', 'PREEMPTED')],
    ['CANCELLED', '(null)', over('cancelled', 'CANCELLED')],
    ['REVOKED', 'None', over('unknown', 'REVOKED')],
  ])('%s, %s', (word, reason, state) => {
    expect(stateOf(word, 'node1', reason)).toEqual(state);
  });

  it.each(['launch failed requeued held', 'JobHoldMaxRequeue'])(
    'that lasts for ever: %s',
    (reason) => {
      const lost = { kind: 'over', cause: 'lost', detail: reason };
      expect(stateOf('PENDING', '', reason)).toEqual(lost);
    },
  );

  it.each(['', '(null)', 'None assigned'])('has no node that is called "%s"', (nodes) => {
    expect(stateOf('CANCELLED', nodes, 'None')).toEqual({
      kind: 'over',
      cause: 'cancelled',
      detail: 'CANCELLED',
    });
  });
});

describe('the queue', () => {
  it('is read a task a line, whatever a name or a reason holds', () => {
    const rows = readQueue(
      [
        '12|0|RUNNING|node1|None|vsc-a',
        '12|3|PENDING||Nodes required for job are DOWN, DRAINED (a, b)|vsc|b|',
        '13|N/A|RUNNING|node2|None|no array',
        'slurm_load_jobs: nonsense',
        '',
      ].join('\n'),
    );
    expect(rows).toEqual([
      { id: '12', place: 0, name: 'vsc-a', state: { kind: 'running', node: 'node1' } },
      {
        id: '12',
        place: 3,
        name: 'vsc|b|',
        state: { kind: 'waiting', reason: expect.stringMatching(/^nodes that are down/) },
      },
    ]);
  });
});

describe('what is known of tasks', () => {
  const job: Job = { id: '7', name: 'vsc-mine', tasks: ['/a', '/b'] };
  const row = (place: number, state: TaskState, { id = '7', name = 'vsc-mine' } = {}) => ({
    id,
    name,
    place,
    state,
  });
  const running: TaskState = { kind: 'running', node: 'node1' };
  const ended: TaskState = { kind: 'over', cause: 'ended', detail: 'COMPLETED' };
  const unknown: TaskState = { kind: 'over', cause: 'unknown' };

  it('is what the queue tells, and of what is not in it that nobody knows', () => {
    const known = new KnownTasks([job]);
    expect([...known.after([row(1, running)])]).toEqual([
      ['/a', unknown],
      ['/b', running],
    ]);
  });

  it('is not that of another job with the same id', () => {
    const known = new KnownTasks([job]);
    const states = known.after([row(0, running, { name: 'other' }), row(1, running, { id: '8' })]);
    expect([...states.values()]).toEqual([unknown, unknown]);
  });

  it('stays, of those that are over: when they are forgotten, and when they are said to run again', () => {
    const known = new KnownTasks([job]);
    known.after([row(0, ended), row(1, running)]);
    expect([...known.after([row(0, running), row(1, running)]).values()]).toEqual([ended, running]);
    expect([...known.after([]).values()]).toEqual([ended, unknown]);
    // What was not known may be told again.
    expect([...known.after([row(1, running)]).values()]).toEqual([ended, running]);
  });

  it('is that of the last job, of a task that is in several', () => {
    const again: Job = { id: '9', name: 'vsc-again', tasks: ['/b'] };
    const known = new KnownTasks([job, again]);
    const rows = [row(0, ended), row(1, ended), row(0, running, { id: '9', name: 'vsc-again' })];
    expect([...known.after(rows)]).toEqual([
      ['/a', ended],
      ['/b', running],
    ]);
    expect([...known.after(rows).values()]).toEqual([ended, running]);
  });
});
