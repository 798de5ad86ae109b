import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { formatRoute, type PageName } from "../routing/route.ts";
import { PAGES, SECTIONS } from "./page-table.ts";

const NAMES = Object.keys(PAGES) as PageName[];

const ITEMS: SideNavigationProps.Item[] = SECTIONS.map((title) => ({
  type: "section-group",
  title,
  items: NAMES.filter((page) => PAGES[page].section === title).map((page) => ({
    type: "link",
    text: PAGES[page].title,
    href: formatRoute({ page }),
  })),
}));

/** All pages, by section. */
export function Navigation({ page }: { page: PageName | undefined }) {
  return <SideNavigation activeHref={page === undefined ? "" : formatRoute({ page })} items={ITEMS} />;
}
