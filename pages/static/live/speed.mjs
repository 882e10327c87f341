// How fast it goes: frames a second, and milliseconds of each stage, as means of the last second.

const STAGES = {
  search: 'search, every third frame,',
  follow: 'follow',
  prepare: 'prepare',
  align: 'align',
  answer: 'answer and map',
};

export class Speed {
  constructor() {
    this.total = 0;
    this.#begin();
  }

  #begin() {
    this.start = performance.now();
    this.frames = 0;
    this.sums = {};
  }

  /** Takes in one frame: {stage: milliseconds}. */
  count(times) {
    this.total += 1;
    this.frames += 1;
    for (const [stage, time] of Object.entries(times)) {
      const [sum, count] = this.sums[stage] ?? [0, 0];
      this.sums[stage] = [sum + time, count + 1];
    }
  }

  get due() {
    return performance.now() - this.start >= 1000;
  }

  /** The second in words; the next one begins. */
  words() {
    const rate = this.frames / (performance.now() - this.start) * 1000;
    const mean = (stage) => `${STAGES[stage]} ${(this.sums[stage][0] / this.sums[stage][1]).toFixed(1)} ms`;
    const said = Object.keys(STAGES).filter((stage) => stage in this.sums).map(mean).join(' · ');
    this.#begin();
    return `${rate.toFixed(0)} frames a second. ${said}.`;
  }
}
