import { useEffect, useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "./portal-context.ts";

/** The images, live, or null until they are known. A failure is shown, and leaves none. */
export function useImages(): readonly Image[] | null {
  const { cloud, notifications } = usePortal();
  const [images, setImages] = useState<readonly Image[] | null>(null);
  useEffect(() => {
    let gone = false;
    const look = () =>
      cloud.images.list().then(
        (list) => {
          if (!gone) setImages(list);
        },
        (thrown) => {
          if (gone) return;
          setImages([]);
          notifications.showError("Could not load the list of images", thrown);
        },
      );
    void look();
    const subscription = cloud.images.onChange(() => void look());
    return () => {
      gone = true;
      subscription.dispose();
    };
  }, [cloud, notifications]);
  return images;
}
