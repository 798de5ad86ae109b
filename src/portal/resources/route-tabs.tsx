import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { formatRoute, navigate, type PageName } from "../routing/route.ts";

interface RouteTabsProps {
  readonly label: string;
  readonly page: PageName;
  readonly id: string;
  readonly tab: string;
  readonly tabs: readonly Omit<TabsProps.Tab, "href">[];
}

/** The tabs of a resource's page, which its address names. */
export function RouteTabs({ label, page, id, tab, tabs }: RouteTabsProps) {
  const routeOf = (name: string) => ({ page, id, ...(name !== tabs[0]?.id && { tab: name }) });
  return (
    <Tabs
      ariaLabel={label}
      activeTabId={tab}
      onChange={({ detail }) => navigate(routeOf(detail.activeTabId), { replace: true })}
      tabs={tabs.map((one) => ({ ...one, href: formatRoute(routeOf(one.id)) }))}
    />
  );
}
