import Box from "@cloudscape-design/components/box";
import Flashbar from "@cloudscape-design/components/flashbar";
import { sentence } from "../format/text.ts";
import { useLive } from "../live/use-live.ts";
import type { Notification, NotificationCenter } from "./notification-center.ts";

/** The flash messages over the page. */
export function Flashes({ center }: { center: NotificationCenter }) {
  const items = useLive(center.onChange, () => center.items);
  return (
    <Flashbar
      stackItems={items.length > 3}
      items={items.map((item) => ({
        id: item.id,
        type: item.kind,
        header: item.count > 1 ? `${item.header} (${item.count} times)` : item.header,
        content: <FlashText notification={item} />,
        dismissible: true,
        dismissLabel: `Dismiss: ${item.header}`,
        onDismiss: () => center.dismiss(item.id),
        // It is read out all the same. An "alert" takes the keyboard, a while after: from a console, or a menu that is open.
        ariaRole: "status",
      }))}
    />
  );
}

function FlashText({ notification: { code, message, advice } }: { notification: Notification }) {
  return (
    <>
      {sentence(message)} {advice}
      {code !== null && (
        <Box variant="small" color="inherit">
          {` (${code})`}
        </Box>
      )}
    </>
  );
}
