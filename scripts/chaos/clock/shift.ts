/** Shifts what this process takes for the time, as on a machine whose clock was never set. Timers go on as before. */
export const shiftClock = (milliseconds: number): void => {
  const Real = Date;
  class Shifted extends Real {
    constructor(...args: [] | ConstructorParameters<typeof Real>) {
      if (args.length === 0) super(Real.now() + milliseconds);
      else super(...args);
    }
    static override now() {
      return Real.now() + milliseconds;
    }
  }
  globalThis.Date = Shifted as DateConstructor;
};
