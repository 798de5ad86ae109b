/** Parameters of an EC2 action by their names in EC2's API, e.g. `{ VolumeId: "vol-…", Size: 2 }`; undefined ones are left out. */
export interface Ec2Request {
  /** E.g. "CreateVolume". */
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The aws-cli's command for a request; options on lines of their own when there are several. */
export function cliOf({ action, parameters }: Ec2Request): string {
  const options = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : option(name, value),
  );
  const command = `aws ec2 ${kebab(action)}`;
  if (options.length === 0) return command;
  return options.length === 1 ? `${command} ${options[0]}` : [command, ...options].join(" \\\n  ");
}

function option(name: string, value: unknown): string {
  const option = kebab(name);
  if (typeof value === "boolean") return value ? `--${option}` : `--no-${option}`;
  return `--${option} ${textOf(value)}`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.map(quoted).join(" ");
  return quoted(typeof value === "object" ? JSON.stringify(value) : value);
}

/** As a POSIX shell takes it. */
function quoted(value: unknown): string {
  const text = String(value);
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** "BlockDeviceMappings" is "block-device-mappings". */
function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}
