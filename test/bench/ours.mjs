// What the benchmark does in the portal's page: runs inside the browser, handed over as text by Playwright.

/** Installs `globalThis.bench` in the page. */
export function installBench() {
  const PROMPT = /[$#] $/;
  const cloud = () => globalThis.tabvisor;
  let vm;
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

  globalThis.bench = {
    /** Launches; gives the milliseconds from the call to the shell's prompt, and when each phase began. */
    async boot(type) {
      const began = performance.now();
      const epoch = Date.now();
      tail = "";
      [vm] = await cloud().instances.launch({ image: "tiny", type });
      vm.console.onData((text) => {
        tail = (tail + text).slice(-200);
        check();
      });
      await until(() => PROMPT.test(tail));
      const ms = performance.now() - began;
      const phases = vm.boot.phases.map(({ phase, startedAt }) => [phase, startedAt.getTime() - epoch]);
      return { ms, phases, id: vm.id };
    },
    async run(command) {
      tail = "";
      const began = performance.now();
      await vm.console.write(`${command}; echo E''ND$((40+2))\n`);
      await until(() => /END42\r\n/.test(tail));
      const ms = performance.now() - began;
      await until(() => PROMPT.test(tail));
      return { ms, tail };
    },
    ready: () => vm.ready(),
    async exec(command) {
      const began = performance.now();
      const { stdoutBytes, exitCode, stderr } = await vm.exec(command);
      return { ms: performance.now() - began, bytes: stdoutBytes.byteLength, exitCode, stderr };
    },
    async restart() {
      await vm.stop();
      tail = "";
      await vm.start();
      await until(() => PROMPT.test(tail));
      await vm.ready();
    },
    terminate: () => vm.terminate(),
    vm: () => vm,
  };
}
