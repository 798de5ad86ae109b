// What the benchmark does in the portal's page: runs inside the browser, handed over as text by Playwright.

/**
 * Installs `globalThis.bench` in the page.
 * @param {typeof import("./reference/shell.mjs").openShell} openShell
 */
export function installBench(openShell) {
  const cloud = () => globalThis.tabvisor;
  const shell = openShell();
  let vm;

  globalThis.bench = {
    /** Launches; gives the milliseconds from the call to the shell's prompt, and when each phase began. */
    async boot(type) {
      const began = performance.now();
      const epoch = Date.now();
      shell.forget();
      [vm] = await cloud().instances.launch({ image: "tiny", type });
      vm.console.onData((text) => shell.hear(text));
      await shell.prompt();
      const ms = performance.now() - began;
      const phases = vm.boot.phases.map(({ phase, startedAt }) => [phase, startedAt.getTime() - epoch]);
      return { ms, phases, id: vm.id };
    },
    run: (command) => shell.run((text) => vm.console.write(text), command),
    ready: () => vm.ready(),
    async exec(command) {
      const began = performance.now();
      const { stdoutBytes, exitCode, stderr } = await vm.exec(command);
      return { ms: performance.now() - began, bytes: stdoutBytes.byteLength, exitCode, stderr };
    },
    async restart() {
      await vm.stop();
      shell.forget();
      await vm.start();
      await shell.prompt();
      await vm.ready();
    },
    terminate: () => vm.terminate(),
    vm: () => vm,
  };
}
