import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { formatRoute, type Route } from "../routing/route.ts";

/** The breadcrumbs of a page below the list of instances. */
export function Trail({ route }: { route: Route }) {
  const last = LABELS[route.page]?.(route);
  if (last === undefined) return null;
  return (
    <BreadcrumbGroup
      items={[
        { text: "Instances", href: formatRoute({ page: "instances" }) },
        { text: last, href: formatRoute(route) },
      ]}
    />
  );
}

const LABELS: Partial<Record<Route["page"], (route: Route) => string>> = {
  launch: () => "Launch instances",
  instance: (route) => (route.page === "instance" ? route.id : ""),
};
