// The sse extension looks for a global htmx; this module runs before it, since imports run in order.
import htmx from "htmx.org";

window.htmx = htmx;

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
