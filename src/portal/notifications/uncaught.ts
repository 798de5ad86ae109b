import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { NotificationCenter } from "./notification-center.ts";

/** Browsers report these as errors of the window; they are not: a layout that settles one frame later. */
const HARMLESS = /^ResizeObserver loop/;

/** Shows errors that nobody caught, of the page and of its promises, as flashes. */
export function showUncaughtErrors(center: NotificationCenter): Disposable {
  const owned = new DisposableStore();
  const onError = (event: ErrorEvent) => {
    if (!HARMLESS.test(event.message)) center.showError("Something went wrong", event.error ?? event.message);
  };
  const onRejection = (event: PromiseRejectionEvent) => center.showError("Something went wrong", event.reason);
  addEventListener("error", onError);
  owned.defer(() => removeEventListener("error", onError));
  addEventListener("unhandledrejection", onRejection);
  owned.defer(() => removeEventListener("unhandledrejection", onRejection));
  return owned;
}
