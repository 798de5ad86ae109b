// A shell at the other end of a serial console, as every machine of the benchmarks is driven and timed: one way for all.

/** Uses nothing outside itself, so that it can be handed to a page as text. */
export function openShell() {
  /** Characters of the output's end that are remembered: enough for the summary of `ping`. */
  const KEPT = 4_000;
  const PROMPT = /[$#] $/;
  let tail = "";
  let check = () => {};
  const until = (condition) =>
    new Promise((resolve) => {
      check = () => {
        if (!condition()) return;
        check = () => {};
        resolve(undefined);
      };
      check();
    });
  return {
    /** What the console printed. */
    hear(text) {
      tail = (tail + text).slice(-KEPT);
      check();
    },
    /** What was heard so far is of another boot. */
    forget() {
      tail = "";
    },
    prompt: () => until(() => PROMPT.test(tail)),
    /** Types a command; gives the milliseconds until its end, and the end of what it printed. */
    async run(write, command) {
      tail = "";
      const began = performance.now();
      await write(`${command}; echo E''ND$((40+2))\n`);
      await until(() => /END42\r\n/.test(tail));
      const ms = performance.now() - began;
      await until(() => PROMPT.test(tail));
      return { ms, tail };
    },
  };
}
