import { textColumn } from "../resources/columns.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";

/** The VPC of a part of one, with a link; a dash for what is in none. */
export const vpcColumn = <T extends { readonly vpcId: string | null }>(): ResourceColumn<T> =>
  textColumn<T>("vpc", "VPC", ({ vpcId }) => vpcId ?? "", {
    cell: ({ vpcId }) => (vpcId === null ? "–" : <ResourceLink page="vpcs" id={vpcId} />),
  });
