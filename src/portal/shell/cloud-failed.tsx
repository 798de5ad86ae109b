import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { CloudError } from "../../base/errors.ts";
import { sentence } from "../format/text.ts";
import { Page } from "./page.tsx";

const HEADERS: Readonly<Record<string, string>> = {
  "Store.Unavailable": "This browser does not let the page store data",
  "Store.QuotaExceeded": "The browser has no room left for this page",
  "Cloud.InUse": "Tabvisor is open in another tab",
  "Cloud.VersionMismatch": "Another tab has another version of Tabvisor",
  "Cloud.InsecureContext": "The page was not loaded in a secure way",
};

const ADVICE: Readonly<Record<string, string>> = {
  "Store.Unavailable":
    "Instances keep their disks in the browser's storage. Leave private browsing, or allow this site to store data in the browser's settings, then try again.",
  "Store.QuotaExceeded": "Free some disk space, or delete other sites' data in the browser's settings, then try again.",
  "Cloud.InsecureContext":
    "Browsers give storage locks only to pages from https:// or from this machine. Open this page by https, or by http://localhost.",
  "Cloud.InUse":
    "One tab at a time runs the instances, so that no disk is written by two. Go to that tab, or close it and try again here.",
  "Cloud.VersionMismatch":
    "That tab runs the instances, and this one cannot work through it. Reload that tab (its instances stop as at a power cut), or close it, then try again here.",
};

/** The whole page when the cloud cannot be opened: what is wrong, and what to do. */
export function CloudFailed({ error, onRetry }: { error: CloudError; onRetry: () => void }) {
  return (
    <Page title="The cloud could not be opened">
      <Alert
        type="error"
        header={HEADERS[error.code] ?? "Something is in the way"}
        action={<Button onClick={onRetry}>Try again</Button>}
      >
        <Box variant="p">{ADVICE[error.code] ?? "Try again; if that does not help, reload the page."}</Box>
        <Box variant="small" color="inherit">
          {sentence(error.message)} ({error.code})
        </Box>
      </Alert>
    </Page>
  );
}
