/** A clock's time that never goes back, in milliseconds: where the clock is set back, it stands still for that moment. */
export class SteadyTime {
  #last: number | undefined;
  #elapsed = 0;

  /** The steady time when the clock says `now`. */
  at(now: number): number {
    if (this.#last !== undefined && now > this.#last) this.#elapsed += now - this.#last;
    this.#last = now;
    return this.#elapsed;
  }
}
