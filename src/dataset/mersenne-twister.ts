/**
 * MT19937 as `numpy.random.RandomState(seed)` seeds and reads it.
 *
 * Source: Matsumoto and Nishimura, "Mersenne Twister", 1998 (`init_genrand`, `genrand_int32`), and
 * numpy's `legacy-distributions.c` (`random_interval`).
 */
const stateSize = 624;
const middle = 397;

/** A generator with a state of its own; the same seed gives the same numbers everywhere. */
export class MersenneTwister {
  private readonly state = new Uint32Array(stateSize);
  private position = stateSize;

  /** @param seed an integer; its low 32 bits count. */
  constructor(seed: number) {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < stateSize; i++) {
      const before = word(state, i - 1);
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** The next 32 bits, as an integer from 0 to 2³² − 1. */
  nextUint32(): number {
    if (this.position === stateSize) this.twist();
    let y = word(this.state, this.position++);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /**
   * A uniform integer from 0 to `max`, both included: numpy's `random_interval`, which masks to the
   * next power of two and draws again while the result is too large.
   *
   * @param max from 0 to 2³² − 1. Zero draws nothing.
   */
  nextInterval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    let value = (this.nextUint32() & mask) >>> 0;
    while (value > max) value = (this.nextUint32() & mask) >>> 0;
    return value;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < stateSize; i++) {
      const y = (word(state, i) & 0x80000000) | (word(state, (i + 1) % stateSize) & 0x7fffffff);
      state[i] = word(state, (i + middle) % stateSize) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}

/** `state[index]` of an index known to be inside. */
function word(state: Uint32Array, index: number): number {
  return state[index] as number;
}
