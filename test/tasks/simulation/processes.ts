import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Chance } from './chance.ts';

/** What a process is about to do when it may be killed: a call of the file system, or a wait. */
export interface Step {
  readonly does: string;
  readonly path: string;
  /** How many steps it has taken before. */
  readonly taken: number;
}

/** Where a process is killed: before the first step for which this is true. */
export type Fate = (step: Step) => boolean;

/** A process of a machine that is simulated: real code that takes its steps when it is told to. */
export class Process {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** As SIGTERM: it may clean up. */
  readonly termination = new AbortController();
  /** How it came to its own end, if it did. */
  end: PromiseSettledResult<unknown> | undefined;
  isAlive = true;
  taken = 0;
  /** How many of its steps wait, and how many of its calls are under way. */
  waiting = 0;
  underWay = 0;
  /** Called when it has ended or was killed. */
  onEnd: () => void = () => {};
  readonly fate: Fate;

  constructor(name: string, host: string, pid: number, fate: Fate) {
    this.name = name;
    this.host = host;
    this.pid = pid;
    this.fate = fate;
  }

  get runs(): boolean {
    return this.isAlive && this.end === undefined;
  }
}

/** One for all: every one that there ever was costs time at every step. */
const current = new AsyncLocalStorage<Process>();

interface Event {
  readonly at: number;
  readonly order: number;
  readonly process?: Process;
  readonly happen: () => void;
}

/**
 * Machines whose clock is ours: one thing happens at a time, the earliest first, and what takes minutes takes
 * as long as the code needs. The same seed gives the same order.
 */
export class Machines {
  readonly chance: Chance;
  /** Milliseconds. */
  now = 0;
  readonly processes: Process[] = [];
  /** What happened, for whoever looks into a seed. */
  readonly story: string[] = [];
  readonly #events: Event[] = [];
  #order = 0;

  constructor(seed: number) {
    this.chance = new Chance(seed);
  }

  /** Whose code runs; undefined for the test's own. */
  get current(): Process | undefined {
    return current.getStore();
  }

  tell(what: string): void {
    this.story.push(`${(this.now / 1000).toFixed(3)} ${what}`);
  }

  /** Has something happen later. */
  later(milliseconds: number, happen: () => void, process?: Process): void {
    this.#order += 1;
    const event = { at: this.now + milliseconds, order: this.#order, happen };
    this.#events.push(process === undefined ? event : { ...event, process });
  }

  start(process: Process, run: () => Promise<unknown>): void {
    this.processes.push(process);
    this.tell(`${process.name} starts on ${process.host}`);
    const ended = (end: PromiseSettledResult<unknown>) => {
      if (!process.isAlive) return;
      process.end = end;
      const how = end.status === 'rejected' ? `: ${String(end.reason).split('\n')[0]}` : '';
      this.tell(`${process.name} ends${how}`);
      process.onEnd();
    };
    current.run(process, () => {
      const begun = (async () => {
        await this.step('begin', '');
        return run();
      })();
      begun.then(
        (value) => ended({ status: 'fulfilled', value }),
        (reason) => ended({ status: 'rejected', reason }),
      );
    });
  }

  /** As SIGKILL. */
  kill(process: Process): void {
    if (!process.runs) return;
    process.isAlive = false;
    this.tell(`${process.name} is killed`);
    process.onEnd();
  }

  /**
   * Lets the process whose code runs wait for its turn; it may never come.
   * @param halfway is done where it is killed in the middle of it
   */
  step(does: string, path: string, milliseconds?: number, halfway?: () => void): Promise<void> {
    const process = this.current;
    if (process === undefined) return Promise.resolve();
    const usual = this.chance.is(0.02)
      ? this.chance.between(500, 8000)
      : this.chance.between(1, 30);
    process.waiting += 1;
    return new Promise((resolve) => {
      const happen = () => {
        process.waiting -= 1;
        const step = { does, path, taken: process.taken };
        process.taken += 1;
        if (process.fate(step)) {
          this.tell(`${process.name} meets its end before it does ${does} ${path}`);
          if (this.chance.is(0.5)) halfway?.();
          this.kill(process);
        } else resolve();
      };
      this.later(milliseconds ?? usual, happen, process);
    });
  }

  /** Lets time go by until something is so. @returns false if nothing happens any more, or it takes a day */
  async until(isSo: () => boolean): Promise<boolean> {
    while (!isSo()) {
      const next = this.#earliest();
      if (next === undefined || this.now > 86_400_000) return false;
      this.now = Math.max(this.now, next.at);
      next.happen();
      await this.#rest();
    }
    return true;
  }

  #earliest(): Event | undefined {
    let found = -1;
    for (let at = this.#events.length - 1; at >= 0; at -= 1) {
      const event = this.#events[at] as Event;
      if (event.process !== undefined && !event.process.runs) {
        this.#events.splice(at, 1);
        if (found > at) found -= 1;
        continue;
      }
      const best = this.#events[found];
      if (
        best === undefined ||
        event.at < best.at ||
        (event.at === best.at && event.order < best.order)
      )
        found = at;
    }
    return found < 0 ? undefined : this.#events.splice(found, 1)[0];
  }

  /** Until every process has come to a step, or to its end. */
  async #rest(): Promise<void> {
    do await turn();
    while (this.processes.some((each) => each.runs && (each.waiting === 0 || each.underWay > 0)));
  }
}
