import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import type { Cloud } from "../../api/types.ts";
import { useRerenderOn } from "../live/use-live.ts";

/** Says, on every page, that another tab runs the instances: closing that one stops them. */
export function RoleBanner({ cloud }: { cloud: Cloud }) {
  useRerenderOn(cloud.onRoleChange);
  if (cloud.role === "owner") return null;
  return (
    <Box margin={{ bottom: "s" }}>
      <Alert type="info" header="Another tab runs this cloud">
        You operate it through that tab. When it is closed or reloaded, its instances stop, and this tab takes over.
      </Alert>
    </Box>
  );
}
