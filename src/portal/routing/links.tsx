import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { formatRoute, type PageName } from "./route.ts";

/** A link to the page of a resource; its id unless it is called otherwise. */
export function ResourceLink({ page, id, children }: { page: PageName; id: string; children?: ReactNode }) {
  return <Link href={formatRoute({ page, id })}>{children ?? id}</Link>;
}
