// Option files in Kconfig's syntax, of Linux, BusyBox and SeaBIOS.
import { ImageError } from "./run.mjs";

/** `CONFIG_X=value` lines, in order; a later one wins. @param {string} text @returns {Map<string, string>} */
export function parseOptions(text) {
  const options = new Map();
  for (const line of text.split("\n")) {
    const set = line.match(/^(CONFIG_\w+)=(.*)$/);
    const unset = line.match(/^# (CONFIG_\w+) is not set$/);
    if (set) options.set(set[1], set[2]);
    if (unset) options.set(unset[1], "n");
  }
  return options;
}

/**
 * Refuses a resulting configuration in which an option of ours did not take: a dependency or a name has changed.
 * @param {string} name of the option file @param {string} wanted @param {string} result
 */
export function checkConfig(name, wanted, result) {
  const got = parseOptions(result);
  const wrong = [...parseOptions(wanted)]
    .filter(([option, value]) => (got.get(option) ?? "n") !== value)
    .map(([option, value]) => `${option}=${value} came out as ${got.get(option) ?? "n"}`);
  if (wrong.length > 0) throw new ImageError("OptionRefused", `${name}:\n  ${wrong.join("\n  ")}`);
}

/** Lays options over a configuration, as text for `make oldconfig`. @param {string} base @param {string} over */
export function overlayOptions(base, over) {
  const options = parseOptions(base);
  for (const [option, value] of parseOptions(over)) options.set(option, value);
  return [...options]
    .map(([option, value]) => (value === "n" ? `# ${option} is not set\n` : `${option}=${value}\n`))
    .join("");
}
