import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import type { CloudError } from "../../base/errors.ts";
import { sentence } from "../format/text.ts";
import { isDenied } from "../live/denied.ts";

/** Why something is not shown: EC2's own words, and by which policy where one says so. */
export function DeniedAlert({ error }: { error: CloudError }) {
  const { policy, attachedTo, sid } = error.details as { policy?: string; attachedTo?: string; sid?: string };
  return (
    <Alert type="error" header={isDenied(error) ? "You may not see this" : "This could not be loaded"}>
      {sentence(error.message)} <Box variant="small" color="inherit">{`(${error.code})`}</Box>
      {policy !== undefined && (
        <Box variant="p" color="inherit">
          It is denied by the policy {policy}
          {sid === undefined ? "" : `, statement ${sid}`}, attached to {attachedTo}.
        </Box>
      )}
    </Alert>
  );
}
