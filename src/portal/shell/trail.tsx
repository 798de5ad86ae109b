import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { formatRoute, type Route } from "../routing/route.ts";

/** The breadcrumbs of a page below a list. */
export function Trail({ route }: { route: Route }) {
  const above = aboveOf(route);
  if (above === undefined) return null;
  const { list, text } = above;
  return (
    <BreadcrumbGroup
      items={[
        { text: list === "instances" ? "Instances" : "Volumes", href: formatRoute({ page: list }) },
        { text, href: formatRoute(route) },
      ]}
    />
  );
}

function aboveOf(route: Route): { list: "instances" | "volumes"; text: string } | undefined {
  switch (route.page) {
    case "launch":
      return { list: "instances", text: "Launch instances" };
    case "instance":
      return { list: "instances", text: route.id };
    case "volume":
      return { list: "volumes", text: route.id };
    default:
      return undefined;
  }
}
