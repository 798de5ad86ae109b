import { type RefObject, useLayoutEffect } from "react";

/** Room left under the element, and the least height with which a console is of use: 16 lines. */
const MARGIN_BELOW = 24;
const MIN_HEIGHT = 320;

/** Makes the element reach down to the bottom of the window, whatever stands above it at the moment. */
export function useFillHeight(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const fill = () => {
      const target = element.current;
      if (!target?.offsetParent) return;
      const top = target.getBoundingClientRect().top + scrollY;
      const height = `${Math.max(MIN_HEIGHT, Math.floor(innerHeight - top - MARGIN_BELOW))}px`;
      if (target.style.height !== height) target.style.height = height;
    };
    fill();
    // The body grows and shrinks with what comes and goes above the console: alerts, flashes, wrapped headers.
    const observer = new ResizeObserver(fill);
    observer.observe(document.body);
    if (element.current?.parentElement) observer.observe(element.current.parentElement);
    addEventListener("resize", fill);
    return () => {
      observer.disconnect();
      removeEventListener("resize", fill);
    };
  }, [element]);
}
