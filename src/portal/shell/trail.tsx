import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { formatRoute, type PageName, type Route } from "../routing/route.ts";
import { PAGES } from "./page-table.ts";

/** The breadcrumbs of a page below another one. */
export function Trail({ route }: { route: Route }) {
  const { page, id } = route;
  const { under } = PAGES[page];
  const link = (name: PageName) => ({ text: PAGES[name].title, href: formatRoute({ page: name }) });
  if (under !== undefined) return <BreadcrumbGroup items={[link(under), link(page)]} />;
  if (id === undefined) return null;
  return <BreadcrumbGroup items={[link(page), { text: id, href: formatRoute(route) }]} />;
}
