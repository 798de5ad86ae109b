import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { cliOf } from "./cli.ts";
import { ec2RequestsOf } from "./ec2-requests.ts";
import { type ApiCall, scriptOf } from "./script.ts";

/** What does the same from a shell and from a script. */
export function ShowCommands({ calls }: { calls: readonly ApiCall[] }) {
  if (calls.length === 0) return null;
  return (
    <ExpandableSection headerText={calls.length === 1 ? "Show the command" : "Show the commands"} variant="footer">
      <Commands calls={calls} />
    </ExpandableSection>
  );
}

export function Commands({ calls }: { calls: readonly ApiCall[] }) {
  const requests = calls.map(ec2RequestsOf);
  const lines = requests.flatMap((list) => (list === null ? [] : [list.map(cliOf).join("\n")]));
  return (
    <SpaceBetween size="s">
      <Code
        label="aws-cli"
        text={lines.length === calls.length ? lines.join("\n") : null}
        otherwise="EC2 has no such action: it is this cloud's own."
      />
      <Code label="TypeScript" text={calls.map(scriptOf).join("\n")} otherwise="" />
    </SpaceBetween>
  );
}

/** A text to be copied; null: what stands there otherwise. */
export function Code({ label, text, otherwise }: { label: string; text: string | null; otherwise: string }) {
  return (
    <div>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box variant="awsui-key-label">{label}</Box>
        {text !== null && (
          <CopyToClipboard
            variant="icon"
            textToCopy={text}
            copyButtonAriaLabel={`Copy the ${label} command`}
            copySuccessText="Copied"
            copyErrorText="The browser did not let it be copied"
          />
        )}
      </SpaceBetween>
      {text === null ? (
        <Box color="text-body-secondary">{otherwise}</Box>
      ) : (
        <Box variant="code" display="block">
          <pre style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{text}</pre>
        </Box>
      )}
    </div>
  );
}
